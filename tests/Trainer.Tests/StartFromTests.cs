using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>A training that starts with a trained model's backbone, on other classes.</summary>
[TestClass]
public sealed class StartFromTests
{
    private static readonly TemporaryFolder shared = new();
    private readonly TemporaryFolder folder = new();

    /// <summary>A network that has learned two classes at 64 pixels.</summary>
    [ClassInitialize]
    public static void Train(TestContext context)
    {
        CommandLine.Run(
            "train", shared.Photos("photos", 4, "daisy", "roses"), "--tune", "last-stage", "--epochs", "1", "--learning-rate", "0.1", "--weight-mixing", "1",
            "--image-size", "64", "--resize", "letterbox", "--output", shared["model"]).AssertSucceeded();
        using Backbone backbone = BackboneRegistry.Create("resnet18_mlnet");
        OnnxExporter.Export(backbone, shared["untrained.onnx"], new OnnxExportOptions { ImageSize = 64, Resizing = Resizing.Letterbox });
    }

    [ClassCleanup]
    public static void CleanShared() => shared.Dispose();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    [DataRow("model")]
    [DataRow("model/model.zip")]
    [DataRow("model/backbone.onnx")]
    public void The_new_model_has_the_backbone_and_other_classes(string from)
    {
        string photos = folder.Photos("photos", 4, "dandelion", "sunflowers", "tulips");
        CommandLine.Run("train", photos, "--from", shared[from], "--output", folder["new"]).AssertSucceeded();

        string image = Directory.EnumerateFiles(Path.Combine(photos, "tulips")).First();
        float[] before = Features(shared["model"]), after = Features(folder["new"]), untrained = FeaturesOf(shared["untrained.onnx"]);
        for (int i = 0; i < before.Length; i++) Assert.AreEqual(before[i], after[i], 1e-4 * before.Max());
        Assert.IsGreaterThan(0.05, before.Zip(untrained, (x, y) => Math.Abs(x - y)).Max(), "the first training changed nothing");
        using ImageClassifier classifier = TrainedModel.Load(folder["new"]);
        CollectionAssert.AreEqual(new[] { "dandelion", "sunflowers", "tulips" }, classifier.Classes.ToArray());
        Assert.AreEqual((64, ImageResizing.Letterbox), (classifier.Featurizer.Preprocessing.ImageSize, classifier.Featurizer.Preprocessing.Resizing));

        float[] Features(string model) => FeaturesOf(Path.Combine(model, "backbone.onnx"));

        float[] FeaturesOf(string backbone)
        {
            using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, new FeaturizeImagesOptions { Normalize = false });
            return featurizer.Featurize([image]).Single().Features!;
        }
    }

    [TestMethod]
    public void A_quantized_model_is_refused()
    {
        CommandLine.Run("quantize", shared["model"], "--calibrate", shared["photos"], "--output", folder["small.zip"]).AssertSucceeded();
        CommandLine.Run("train", shared["photos"], "--from", folder["small.zip"], "--output", folder["new"]).AssertFailed(
            $"'{folder["small.zip"]}' is quantized, and its weights are 8-bit integers. Start from the model that it was made from.");
    }

    [TestMethod]
    public void A_spec_of_ones_own_has_to_be_given()
    {
        BackboneSpec spec = Tuning.TinyTraining.Spec;
        using (Backbone backbone = BackboneRegistry.Create(spec, InitialWeights.Fresh)) OnnxExporter.Export(backbone, folder["mine.onnx"]);
        Assert.AreEqual(
            $"The backbone of '{folder["mine.onnx"]}' is 'tiny', which is not in the catalog. Start from it in a program, with its BackboneSpec as TrainingOptions.Spec.",
            Assert.ThrowsExactly<TrainingException>(() => TrainedModel.StartFrom(folder["mine.onnx"])).Message);

        TrainingOptions options = TrainedModel.StartFrom(folder["mine.onnx"], new TrainingOptions { Spec = spec });
        using TrainingRun run = BackboneTrainer.Train(ImageDataSet.FromFolder(shared["photos"]), options);
        Assert.AreEqual("tiny", run.Backbone.Spec.Name);
    }

    [TestMethod]
    [DataRow("--from takes backbone and weights from a trained model, and --backbone names others. Leave one of them out.", "--backbone", "resnet50")]
    [DataRow("--from takes backbone and weights from a trained model, and --weights names others. Leave one of them out.", "--weights", "a.pth")]
    [DataRow("--from takes backbone and weights from a trained model, and --fresh names others. Leave one of them out.", "--fresh")]
    [DataRow("--from starts from a trained model's weights, and --tune scratch from random ones. Leave one of them out.", "--tune", "scratch")]
    public void What_says_otherwise_is_refused(string message, params string[] options) =>
        CommandLine.Run(["train", shared["photos"], "--from", shared["model"], .. options]).AssertFailed(message);
}
