using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A model that gives an image any number of labels, through every door.</summary>
[TestClass]
public sealed class MultiLabelModelTests
{
    private static readonly string[] names = ["blue \"sky\"", "green;é", "red|"];
    private static readonly MLContext ml = new(seed: 1);
    private static TemporaryFolder folder = null!;
    private static string[] photos = [];
    private static string[][] labels = [];
    private static string saved = "";
    private static MultiLabelHead head = null!;

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        folder = new TemporaryFolder();
        labels = [.. Enumerable.Range(0, 40).Select(i => names.Where((_, bit) => (i >> bit & 1) == 1).ToArray())];
        photos = [.. labels.Select((has, i) =>
        {
            NoiseImage.Write(folder.File($"{i:00}.png"), i, new SKColor(Level(2), Level(1), Level(0)));
            return folder.File($"{i:00}.png");

            byte Level(int bit) => has.Contains(names[bit]) ? (byte)190 : (byte)60;
        })];
        IDataView view = ml.Data.LoadFromEnumerable(photos.Select(path => new Photo { ImagePath = path }));
        using ImageFeaturizingTransformer featurizing = ml.Transforms
            .FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx")),
                new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault }).Fit(view);
        float[][] features = [.. featurizing.Featurizer.Featurize(photos, context.CancellationToken).Select(image => image.Features!)];
        head = MultiLabelHead.Fit(features, labels);
        saved = folder.File(".saved", "model.zip");
        ml.Model.Save(new TransformerChain<ITransformer>([featurizing, .. GivenHead.MultiLabel(ml, head, "Features")]), view.Schema, saved);
    }

    [ClassCleanup]
    public static void Clean() => folder.Dispose();

    /// <summary>Plain <c>Load</c> registers nothing, and scores one row at a time; <c>LoadImageModel</c> makes batches.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_loaded_model_has_scores_with_slot_names_and_labels(bool batches)
    {
        ITransformer model = batches ? ml.Model.LoadImageModel(saved, out _) : ml.Model.Load(saved, out _);
        using var dispose = model as IDisposable;
        File.WriteAllText(folder.File(".saved", "not-an-image.png"), "text");
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(
            photos.Append(folder.File(".saved", "not-an-image.png")).Select(path => new Photo { ImagePath = path })));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Score"].GetSlotNames(ref slots);
        CollectionAssert.AreEqual(names, slots.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.IsNull(scored.Schema.GetColumnOrNull("PredictedLabel"));
        string[][] given = [.. scored.GetColumn<string[]>("PredictedLabels")];
        for (int i = 0; i < photos.Length; i++) CollectionAssert.AreEqual(labels[i], given[i], $"image {i}");
        Assert.IsEmpty(given[^1]);
        Assert.IsTrue(scored.GetColumn<float[]>("Score").Last().All(float.IsNaN));
    }

    [TestMethod]
    public async Task Classifier_and_service_give_labels_and_the_probability_of_each()
    {
        using ImageClassifier classifier = ImageClassifier.Load(saved);
        CollectionAssert.AreEqual(names, classifier.Classes.ToArray());
        CollectionAssert.AreEqual(head.Thresholds.ToArray(), classifier.Thresholds!.ToArray());
        await using ImageClassificationService service = ImageClassificationService.Open(saved);
        foreach ((int i, ImagePrediction prediction) in classifier.Predict(photos, Token).Index())
        {
            CollectionAssert.AreEquivalent(labels[i], prediction.Labels.ToArray());
            CollectionAssert.AreEqual(prediction.Ranking.Take(labels[i].Length).Select(one => one.Label).ToArray(), prediction.Labels.ToArray());
            CollectionAssert.AreEqual(prediction.Labels.ToArray(), (await service.PredictAsync(photos[i], Token)).Labels.ToArray());
        }

        float[][] features = [.. classifier.Featurizer.Featurize(photos, Token).Select(image => image.Features!)];
        Assert.AreEqual(1, MultiLabelReport.Of(classifier, features, labels).MicroF1);
        StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() =>
            ClassificationReport.Of(classifier, [new LabeledFeatures("", "red|", features[0])])).Message, "The model gives an image any number of labels");
    }

    [TestMethod]
    public void The_whole_model_as_ONNX_gives_the_probabilities_with_labels_and_thresholds()
    {
        using ImageClassifier classifier = ImageClassifier.Load(saved);
        string onnx = folder.File(".onnx", "classifier.onnx");
        classifier.ExportOnnx(onnx);
        Dictionary<string, string> metadata = ModelProto.Parser.ParseFrom(File.ReadAllBytes(onnx)).MetadataProps.ToDictionary(entry => entry.Key, entry => entry.Value);
        CollectionAssert.AreEqual(names, JsonSerializer.Deserialize<string[]>(metadata["resnetmlnet.labels"]));
        CollectionAssert.AreEqual(head.Thresholds.ToArray(), JsonSerializer.Deserialize<float[]>(metadata["resnetmlnet.thresholds"]));
        using InferenceSession session = new(onnx);
        foreach (int i in new[] { 0, 3, 7 })
        {
            byte[] pixels = new byte[32 * 32 * 3];
            classifier.Featurizer.Preprocessor.Load(photos[i], pixels);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 32, 32, 3]);
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["pixels"], [input], ["probabilities"]);
            float[] probabilities = outputs[0].GetTensorDataAsSpan<float>().ToArray();
            foreach (ClassProbability expected in classifier.Predict([photos[i]], Token).Single().Ranking)
                Assert.AreEqual(expected.Probability, probabilities[Array.IndexOf(names, expected.Label)], 1e-4, expected.Label);
        }
    }

    [TestMethod]
    public void A_map_shows_what_speaks_for_a_label()
    {
        using ImageClassifier classifier = ImageClassifier.Load(saved);
        using ImageExplainer explainer = new(classifier);
        Assert.HasCount(3, explainer.Explain(photos[7], cancellationToken: Token).Ranking);
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }
}
