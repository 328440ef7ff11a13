using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Labels of every type train, and the model that comes of them classifies, in whatever way it is opened and whatever its columns
/// are called.</summary>
[TestClass]
public sealed class LabelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly Photo[] photos;

    public LabelTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 4);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
        photos = [.. ImageFolder.List(folder.Path).Select(image => new Photo(image))];
    }

    public static IEnumerable<object[]> Labels =>
    [
        [nameof(Photo.Text), new[] { "blue", "green", "red" }],
        [nameof(Photo.Bool), new[] { "False", "True" }],
        [nameof(Photo.Int), new[] { "-1", "0", "1" }],
        [nameof(Photo.Long), new[] { "10000000000", "20000000000", "30000000000" }],
        [nameof(Photo.ULong), new[] { "0", "1", "2" }],
        [nameof(Photo.Byte), new[] { "0", "1", "2" }],
        [nameof(Photo.Float), new[] { "0.5", "1.5", "2.5" }],
        [nameof(Photo.Double), new[] { "0.25", "1.25", "2.25" }],
        [nameof(Photo.Key), new[] { "0", "1", "2" }],
        [nameof(Photo.SmallKey), new[] { "0", "1", "2" }],
    ];

    [TestMethod]
    [DynamicData(nameof(Labels))]
    public void A_label_of_any_type_becomes_the_name_of_a_class(string label, string[] classes)
    {
        IDataView data = ml.Data.LoadFromEnumerable(photos);
        using TransformerChain<ITransformer> model = ml.MulticlassClassification
            .ImageClassification(backbone, new ImageClassificationOptions { ImageColumnName = nameof(Photo.File), LabelColumnName = label })
                .Fit(data);
        if (label != nameof(Photo.SmallKey))
            Assert.AreEqual(1, ml.MulticlassClassification.Evaluate(model.Transform(data), label).MicroAccuracy); // ML.NET wants 32 bits
        string path = folder.File(".saved", "model.zip");
        ml.Model.SaveImageModel(model, data.Schema, path);

        using ImageClassifier classifier = ImageClassifier.Load(path);
        CollectionAssert.AreEqual(classes, classifier.Classes.ToArray());
        foreach ((Photo photo, ImagePrediction prediction) in photos.Zip(classifier.Predict(photos.Select(photo => photo.File))))
            Assert.AreEqual(photo.Name(label), prediction.Ranking[0].Label, photo.File);
        classifier.ExportOnnx(folder.File(".saved", "model.onnx"));
    }

    /// <summary>The numbers of a CSV are floats to ML.NET.</summary>
    [TestMethod]
    public void Labels_of_a_CSV_in_a_chain_of_ones_own_serve_too()
    {
        string csv = folder.File(".csv", "photos.csv");
        File.WriteAllLines(csv, photos.Select(photo => $"{photo.Int},{photo.File}"));
        IDataView data = ml.Data.LoadFromTextFile(csv,
            [new TextLoader.Column("Kind", DataKind.Single, 0), new TextLoader.Column("Where", DataKind.String, 1)], ',');
        using var model = ml.Transforms.FeaturizeImages("Embedding", "Where", backbone)
            .Append(ml.Transforms.Conversion.MapValueToKey("Target", "Kind"))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Target", "Embedding"))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, data.Schema, path);
        using ImageClassifier classifier = ImageClassifier.Load(path);
        CollectionAssert.AreEquivalent(new[] { "-1", "0", "1" }, classifier.Classes.ToArray());
        Assert.AreEqual(photos[0].Name(nameof(Photo.Int)), classifier.Predict([photos[0].File]).Single().Ranking[0].Label);
    }

    [TestMethod]
    public async Task The_service_takes_whatever_the_columns_are_called()
    {
        IDataView data = ml.Data.LoadFromEnumerable(photos);
        using var model = ml.Transforms.FeaturizeImages("Embedding", "File", backbone)
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(nameof(Photo.Bool), "Embedding")).Fit(data);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, data.Schema, path);
        await using ImageClassificationService service = ImageClassificationService.Open(path);
        using ImageClassifier classifier = ImageClassifier.Load(path);
        CollectionAssert.AreEqual(new[] { "False", "True" }, service.Classes.ToArray());
        foreach (Photo photo in photos)
        {
            IReadOnlyList<ClassProbability> ranking = (await service.PredictAsync(photo.File)).Ranking;
            Assert.AreEqual(photo.Name(nameof(Photo.Bool)), ranking[0].Label);
            Assert.AreEqual(classifier.Predict([photo.File]).Single().Ranking[0].Probability, ranking[0].Probability, 1e-5);
        }
    }

    [TestMethod]
    public void Predicting_needs_no_label()
    {
        IDataView data = ml.Data.LoadFromEnumerable(photos);
        using TransformerChain<ITransformer> model = ml.MulticlassClassification
            .ImageClassification(backbone, new ImageClassificationOptions { ImageColumnName = "File", LabelColumnName = "Text" }).Fit(data);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, data.Schema, path);
        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(path, out _);
        foreach (ITransformer transformer in new ITransformer[] { model, loaded })
        {
            using PredictionEngine<PhotoOnly, Prediction> engine = ml.Model.CreatePredictionEngine<PhotoOnly, Prediction>(transformer);
            foreach (Photo photo in photos) Assert.AreEqual(photo.Text, engine.Predict(new PhotoOnly { File = photo.File }).PredictedLabel);
            Assert.AreEqual(1, ml.MulticlassClassification.Evaluate(transformer.Transform(data), "Text").MicroAccuracy);
        }
    }

    [TestMethod]
    public void A_model_of_numbers_is_not_a_classifier()
    {
        IDataView data = ml.Data.LoadFromEnumerable(photos);
        using var model = ml.Transforms.FeaturizeImages("Features", "File", backbone)
            .Append(ml.Regression.Trainers.LbfgsPoissonRegression(nameof(Photo.Float))).Fit(data);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, data.Schema, path);
        Assert.AreEqual($"'{path}' is not an image classifier: its 'Score' is a number, not a score for each class.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageClassifier.Load(path)).Message);
    }

    [TestMethod]
    public void An_empty_label_is_an_error()
    {
        photos[3].Text = "";
        Assert.AreEqual("The image in row 3 has an empty label (column 'Text'). Give every image a class, or leave the row out.",
            Error("Text", photos));
        photos[5].Double = double.NaN;
        Assert.AreEqual("The image in row 5 has an empty label (column 'Double'). Give every image a class, or leave the row out.",
            Error("Double", photos));
    }

    [TestMethod]
    public void One_class_is_an_error()
    {
        Assert.AreEqual("All images are of class 'red'. A classifier needs two classes at least.",
            Error("Text", [.. photos.Where(photo => photo.Text == "red")]));
        Assert.AreEqual("There are no images to train on.", Error("Text", []));
    }

    public void Dispose() => folder.Dispose();

    private string Error(string label, Photo[] data) => Assert.ThrowsExactly<InvalidDataException>(() => ml.MulticlassClassification
        .ImageClassification(backbone, new ImageClassificationOptions { ImageColumnName = "File", LabelColumnName = label })
            .Fit(ml.Data.LoadFromEnumerable(data))).Message;

    private sealed class PhotoOnly
    {
        public string File { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }

    private sealed class Photo
    {
        private readonly int index;

        public Photo(LabeledImage image)
        {
            (File, Text) = (image.ImagePath, image.Label);
            index = Array.IndexOf(["blue", "green", "red"], Text);
            (Bool, Int, Long, ULong, Byte) = (index > 1, index - 1, 10_000_000_000 * (index + 1), (ulong)index, (byte)index);
            (Float, Double, Key, SmallKey) = (index + 0.5f, index + 0.25, (uint)index, (byte)index);
        }

        public string File { get; set; }

        public string Text { get; set; }

        public bool Bool { get; set; }

        public int Int { get; set; }

        public long Long { get; set; }

        public ulong ULong { get; set; }

        public byte Byte { get; set; }

        public float Float { get; set; }

        public double Double { get; set; }

        [KeyType(3)]
        public uint Key { get; set; }

        [KeyType(3)]
        public byte SmallKey { get; set; }

        public string Name(string label) => label is nameof(Key) or nameof(SmallKey)
            ? $"{index}"
            : Convert.ToString(GetType().GetProperty(label)!.GetValue(this), System.Globalization.CultureInfo.InvariantCulture)!;
    }
}
