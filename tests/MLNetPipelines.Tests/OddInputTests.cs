using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Inputs that nobody means, and what they are told.</summary>
[TestClass]
public sealed class OddInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;

    public OddInputTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 3);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
    }

    private string Photo => folder.File("red", "00.png");

    [TestMethod]
    [DataRow("", "The image in row 0 has an empty path.")]
    [DataRow(null, "The image in row 0 has an empty path.")]
    [DataRow("a\0b.jpg", @"The image 'a\u0000b.jpg' has a NUL character in its path.")]
    [DataRow("\u001b[2J.jpg", @"The image '\u001b[2J.jpg' does not exist.")]
    public void A_path_that_names_no_file_is_said_to(string? path, string message)
    {
        using ImageFeaturizingTransformer model = ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone).Fit(View(path));
        Assert.AreEqual(message, Assert.ThrowsExactly<UnreadableImageException>(() =>
            model.Transform(View(path)).GetColumn<float[]>("Features").ToArray()).Message);
    }

    [TestMethod]
    public async Task Long_paths_are_shortened_in_messages()
    {
        string path = new('x', 5000);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone);
        Assert.AreEqual("has a path that is too long", featurizer.Featurize([path]).Single().Error);
        await using ImageClassificationService service = ImageClassificationService.Open(SaveClassifier());
        UnreadableImageException error = await Assert.ThrowsExactlyAsync<UnreadableImageException>(() => service.PredictAsync(path));
        Assert.AreEqual(path, error.Path);
        Assert.IsLessThan(400, error.Message.Length);
        Assert.AreEqual(@"The image 'a\u0000b' has a NUL character in its path.",
            (await Assert.ThrowsExactlyAsync<UnreadableImageException>(() => service.PredictAsync("a\0b"))).Message);
    }

    [TestMethod]
    public void No_images_are_featurized_and_not_trained_on()
    {
        using ImageFeaturizingTransformer model = ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone).Fit(View());
        Assert.IsEmpty(model.Transform(View()).GetColumn<float[]>("Features"));
        Assert.AreEqual("There are no images to train on.", Assert.ThrowsExactly<InvalidDataException>(() =>
            ml.MulticlassClassification.ImageClassification(backbone).Fit(View())).Message);
    }

    [TestMethod]
    public void Several_labels_of_one_image_are_refused() => StringAssert.StartsWith(
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.MulticlassClassification.ImageClassification(backbone)
            .Fit(ml.Data.LoadFromEnumerable([new TwoLabels { ImagePath = Photo, Label = [1, 2] }]))).Message,
        "Schema mismatch for label column 'Label': expected one label for each image, got Vector<Single>.");

    [TestMethod]
    public void Folders_and_empty_files_are_not_models()
    {
        string empty = folder.File(".odd", "empty");
        File.WriteAllBytes(empty, []);
        Assert.AreEqual($"'{folder.Path}' is a folder. Name the model in it, such as its 'model.zip'.",
            Assert.ThrowsExactly<FileNotFoundException>(() => ImageClassifier.Load(folder.Path)).Message);
        Assert.AreEqual($"'{folder.Path}' is a folder. Name the backbone in it, such as its 'backbone.onnx'.",
            Assert.ThrowsExactly<FileNotFoundException>(() => ImageFeaturizer.Open(folder.Path)).Message);
        Assert.AreEqual($"'{empty}' is not an ML.NET model: it is not a zip file, or a truncated one.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageClassifier.Load(empty)).Message);
        Assert.AreEqual($"'{empty}' is empty: copying or downloading it was not finished.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFeaturizer.Open(empty)).Message);
    }

    [TestMethod]
    public void A_file_may_have_the_longest_name_there_is()
    {
        using ImageClassifier classifier = ImageClassifier.Load(SaveClassifier());
        string path = folder.File(".long", new string('n', 250) + ".onnx");
        classifier.ExportOnnx(path);
        Assert.IsTrue(File.Exists(path));
        Assert.AreEqual($"There is no folder '{Path.Combine(folder.Path, "none")}' to write 'x.onnx' into.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => classifier.ExportOnnx(Path.Combine(folder.Path, "none", "x.onnx"))).Message);
    }

    [TestMethod]
    public void What_was_disposed_of_says_so()
    {
        string model = SaveClassifier();
        ImageClassifier classifier = ImageClassifier.Load(model);
        ImageExplainer explainer = new(classifier);
        explainer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => explainer.Explain(Photo));
        classifier.Dispose();
        classifier.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => classifier.Predict([Photo]).ToArray());
        TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(model, out _);
        loaded.Dispose();
        Assert.IsInstanceOfType<ObjectDisposedException>(Assert.Throws<Exception>(() =>
            loaded.Transform(View(Photo)).GetColumn<float[]>("Features").ToArray()).GetBaseException()); // a trainer's threads wrap it
    }

    public void Dispose() => folder.Dispose();

    private IDataView View(params string?[] paths) => ml.Data.LoadFromEnumerable(paths.Select(path => new Photograph
    {
        ImagePath = path,
        Label = "red",
    }));

    private string SaveClassifier()
    {
        string path = folder.File(".models", "model.zip");
        IDataView photos = ml.Data.LoadImageFolder(folder.Path);
        using TransformerChain<ITransformer> model = ml.MulticlassClassification.ImageClassification(backbone).Fit(photos);
        ml.Model.SaveImageModel(model, photos.Schema, path);
        return path;
    }

    private sealed class Photograph
    {
        public string? ImagePath { get; set; }

        public string? Label { get; set; }
    }

    private sealed class TwoLabels
    {
        public string? ImagePath { get; set; }

        [VectorType(2)]
        public float[]? Label { get; set; }
    }
}
