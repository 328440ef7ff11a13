using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>An image that cannot be read is trained on by nobody, is named, and is never given a class.</summary>
[TestClass]
public sealed class UnreadableTrainingImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly string damaged;

    public UnreadableTrainingImagesTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 6);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
        damaged = folder.File("red", "01.png");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void It_is_left_out_and_listed(bool cacheInMemory)
    {
        float[][] expected = Scores(Fit([.. ImageFolder.List(folder.Path).Where(image => image.ImagePath != damaged)]));
        File.WriteAllText(damaged, "");
        TransformerChain<ITransformer> model = Fit(ImageFolder.List(folder.Path));

        ImageFeatures leftOut = model.OfType<ImageLabelTransformer>().Single().LeftOut.Single();
        Assert.AreEqual(damaged, leftOut.Path);
        Assert.AreEqual("is empty", leftOut.Error);
        foreach ((float[] one, float[] other) in expected.Zip(Scores(model))) ImageFeaturizerTests.AssertClose(one, other);

        TransformerChain<ITransformer> Fit(IReadOnlyList<LabeledImage> images) => ml.MulticlassClassification
            .ImageClassification(backbone, new ImageClassificationOptions { CacheInMemory = cacheInMemory })
                .Fit(ml.Data.LoadFromEnumerable(images));

        float[][] Scores(ITransformer model) => [.. model.Transform(ml.Data.LoadFromEnumerable(
            ImageFolder.List(folder.Path).Where(image => image.ImagePath != damaged).ToArray())).GetColumn<float[]>("Score")];
    }

    /// <summary>In a chain of one's own it is ML.NET's trainers that leave missing values out.</summary>
    [TestMethod]
    public void Missing_values_are_trained_on_by_nobody_and_get_no_class()
    {
        IDataView photos = ml.Data.LoadImageFolder(folder.Path);
        File.Delete(damaged);
        using var model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone,
                new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault }))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(photos);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, photos.Schema, path);
        foreach (ITransformer either in new ITransformer[] { model, ml.Model.Load(path, out _), ml.Model.LoadImageModel(path, out _) })
        {
            foreach ((string file, string label, string predicted, float[] score) in photos.GetColumn<string>("ImagePath")
                .Zip(photos.GetColumn<string>("Label"))
                .Zip(either.Transform(photos).GetColumn<string>("PredictedLabel"), either.Transform(photos).GetColumn<float[]>("Score"))
                .Select(row => (row.First.First, row.First.Second, row.Second, row.Third)))
            {
                Assert.AreEqual(file == damaged ? "" : label, predicted, file);
                Assert.AreEqual(file == damaged, score.All(float.IsNaN), file);
            }
        }
    }

    /// <summary>ML.NET's cache throws an exception of its own, which no library can prevent; the docs say where the file stands.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void In_a_chain_of_ones_own_the_base_exception_names_it(bool cached)
    {
        File.WriteAllText(damaged, "");
        IDataView photos = ml.Data.LoadImageFolder(folder.Path);
        EstimatorChain<ImageFeaturizingTransformer> chain = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone));
        Exception failure = Assert.Throws<Exception>(() => (cached ? chain.AppendCacheCheckpoint(ml) : chain)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Fit(photos));
        Assert.AreEqual($"The image '{damaged}' is empty.", ((UnreadableImageException)failure.GetBaseException()).Message);
    }

    [TestMethod]
    public void A_class_of_which_nothing_can_be_read_is_an_error_that_names_a_file()
    {
        foreach (string file in Directory.GetFiles(folder.File("blue"))) File.WriteAllText(file, "");
        Assert.AreEqual(
            $"None of the images of class 'blue' can be read. The first image that cannot be read is '{folder.File("blue", "00.png")}': "
            + $"it is empty.",
            Assert.ThrowsExactly<InvalidDataException>(() => ml.MulticlassClassification.ImageClassification(backbone)
                .Fit(ml.Data.LoadImageFolder(folder.Path))).Message);
    }

    [TestMethod]
    public void The_log_is_told()
    {
        File.WriteAllText(damaged, "");
        File.WriteAllText(folder.File("red", "notes.txt"), "roses");
        File.WriteAllText(folder.File("red", "photo.heic"), "....ftypheic");
        List<string> messages = [];
        ml.Log += (_, message) => messages.Add(message.Message);
        IDataView photos = ml.Data.LoadImageFolder(folder.Path, ml);
        Assert.HasCount(18, photos.GetColumn<string>("ImagePath"));
        ml.MulticlassClassification.ImageClassification(backbone,
            new ImageClassificationOptions { Featurizing = new FeaturizeImagesOptions { Log = ml } }).Fit(photos).Dispose();
        Assert.AreEqual(1, messages.Count(message => message.Contains($"The image '{damaged}' is empty.", StringComparison.Ordinal)));
        Assert.IsTrue(messages.Exists(message => message.Contains("photo.heic", StringComparison.Ordinal)));
    }

    public void Dispose() => folder.Dispose();
}
