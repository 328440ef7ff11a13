using System.Text.Json;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using Trainer.Tests.Estimators;
using Trainer.Tests.Regression;

namespace Trainer.Tests;

/// <summary>Trainings that are validated by folds.</summary>
[TestClass]
public sealed class CrossValidationTests
{
    private static readonly LearningTask task = LearningTask.Classification;

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    public void Folds_have_the_mix_of_the_classes_and_every_image_once()
    {
        LabeledImage[] images = [.. Enumerable.Range(0, 30).Select(i => new LabeledImage { ImagePath = $"{i}.jpg", Label = i < 20 ? "daisy" : "roses" })];
        var folds = ImageFolds.Of(images, task, folds: 5, seed: 3, Token);
        CollectionAssert.AreEquivalent(images, folds.SelectMany(fold => fold.Validation).ToArray());
        foreach (var (train, validation) in folds)
        {
            CollectionAssert.AreEqual(images.Except(validation).ToArray(), train.ToArray());
            Assert.AreEqual((4, 2), (validation.Count(image => image.Label == "daisy"), validation.Count(image => image.Label == "roses")));
        }
        CollectionAssert.AreEqual(Names(folds), Names(ImageFolds.Of(images, task, 5, 3, Token)));
        CollectionAssert.AreNotEqual(Names(folds), Names(ImageFolds.Of(images, task, 5, 4, Token)));

        static string[] Names(IEnumerable<(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage> Validation)> folds) =>
            [.. folds.SelectMany(fold => fold.Validation).Select(image => image.ImagePath)];
    }

    [TestMethod]
    public void Copies_of_a_file_are_in_one_fold()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["photos"]);
        LabeledImage[] images = [.. Enumerable.Range(0, 24).Select(i =>
        {
            string path = folder[$"photos/{i}.jpg"];
            File.WriteAllText(path, $"photo {i / 3}"); // three copies each
            return new LabeledImage { ImagePath = path, Label = i % 2 == 0 ? "daisy" : "roses" };
        })];
        foreach (var (_, validation) in ImageFolds.Of(images, task, folds: 4, seed: 1, Token))
        {
            Assert.HasCount(6, validation);
            Assert.AreEqual(2, validation.Select(image => File.ReadAllText(image.ImagePath)).Distinct().Count());
        }
        Assert.AreEqual("9 folds need as many different images, and there are 8. Use fewer folds, or add images.",
            Assert.ThrowsExactly<TrainingException>(() => ImageFolds.Of(images, task, 9, 1, Token)).Message);
        LabeledImage[] lonely = [.. images.Select((image, i) => i < 3 ? image with { Label = "tulips" } : image)];
        StringAssert.StartsWith(Assert.ThrowsExactly<TrainingException>(() => ImageFolds.Of(lonely, task, 2, 1, Token)).Message,
            "Class 'tulips' has one image, or copies of one.");
    }

    /// <summary>Each fold is the training that a call with these images to validate on does.</summary>
    [TestMethod]
    public void Each_fold_is_a_training_of_its_own()
    {
        using var flowers = new TinyFlowers();
        var events = new List<FoldStarted>();
        TrainingOptions options = TinyFlowers.Training with { ResultFolder = flowers["folds"], Seed = 7 };
        CrossValidation<Metrics> result = BackboneTrainer.CrossValidate(
            ImageDataSet.FromFolder(flowers.Folder), options, folds: 2, TrainingEvent.On<FoldStarted>(events.Add), Token);
        CollectionAssert.AreEqual(new[] { new FoldStarted(1, 2), new FoldStarted(2, 2) }, events);

        var (train, validation) = ImageFolds.Of(flowers.Images, task, 2, 7, Token)[1];
        using TrainingRun second = BackboneTrainer.Train(
            ImageDataSet.FromImages(train, validation), options with { ResultFolder = null }, cancellationToken: Token);
        Assert.AreEqual(second.Metrics.LogLoss, result.Folds[1].LogLoss);
        Assert.AreEqual((4, 4), (result.Folds[1].TrainImages, result.Folds[1].ValidationImages));
        Assert.IsTrue(File.Exists(Path.Combine(flowers["folds"], "fold-2", "model.zip")));
    }

    [TestMethod]
    public void Numbers_have_folds_too()
    {
        using var photos = new TinyValues(count: 12);
        CrossValidation<RegressionRunMetrics> result = BackboneTrainer.CrossValidate(photos.Data, TinyValues.Head, folds: 3, cancellationToken: Token);
        CollectionAssert.AreEqual(new[] { 4, 4, 4 }, result.Folds.Select(fold => fold.ValidationImages).ToArray());
        double[] errors = [.. result.Folds.Select(fold => fold.MeanAbsoluteError)];
        Assert.AreEqual(errors.Average(), result.Estimate(fold => fold.MeanAbsoluteError).Mean, 1e-12);
    }

    [TestMethod]
    public void A_figure_has_a_mean_a_deviation_and_a_standard_error()
    {
        var estimate = new FoldEstimate(0.5, 0.2, 4);
        Assert.AreEqual(0.1, estimate.StandardError, 1e-12);
        using var photos = new TinyValues(count: 12);
        RegressionRunMetrics metrics = BackboneTrainer.CrossValidate(photos.Data, TinyValues.Head, folds: 2, cancellationToken: Token).Folds[0];
        var folds = new CrossValidation<RegressionRunMetrics>([.. new[] { 1.0, 2, 6 }.Select(error => metrics with { MeanAbsoluteError = error })]);
        Assert.AreEqual(new FoldEstimate(3, Math.Sqrt(7), 3), folds.Estimate(fold => fold.MeanAbsoluteError));
    }

    [TestMethod]
    public void The_command_prints_the_folds_and_writes_nothing()
    {
        using var flowers = new TinyFlowers();
        string[] arguments = ["train", flowers.Folder, "--backbone", "resnet10t", "--fresh", "--image-size", "32", "--folds", "2"];
        CommandLine json = CommandLine.Run([.. arguments, "--output", flowers["result"], "--json"]), text = CommandLine.Run([.. arguments, "--output", flowers["result"]]);
        json.AssertSucceeded();
        text.AssertSucceeded();
        using var result = JsonDocument.Parse(json.Output);
        JsonElement folds = result.RootElement.GetProperty("folds"), accuracy = result.RootElement.GetProperty("accuracy");
        double[] each = [.. folds.EnumerateArray().Select(fold => fold.GetProperty("accuracy").GetDouble())];
        Assert.HasCount(2, each);
        Assert.AreEqual(each.Average(), accuracy.GetProperty("mean").GetDouble(), 1e-12);
        StringAssert.Contains(text.Output, FormattableString.Invariant($"Accuracy {each.Average():F3}, with a standard error of "));
        StringAssert.Contains(text.Errors, "Fold 2/2");
        Assert.IsFalse(Directory.Exists(flowers["result"]));
        CommandLine.Run("train", "--resume", flowers["result"], "--folds", "2").AssertFailed("--folds trains every fold from the start, and --resume goes on with a training. Leave one of them out.");
    }

    [TestMethod]
    public void What_cannot_be_meant_is_refused()
    {
        using var flowers = new TinyFlowers();
        var both = ImageDataSet.FromFolder(flowers.Folder, flowers.Folder);
        Assert.AreEqual(
            $"'flowers' brings images to validate on, and a cross-validation holds out those to train on. Name '{flowers.Folder}' alone.",
            Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.CrossValidate(both, TinyFlowers.Training, cancellationToken: Token)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            BackboneTrainer.CrossValidate(ImageDataSet.FromFolder(flowers.Folder), TinyFlowers.Training, folds: 1, cancellationToken: Token));
        StringAssert.StartsWith(Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.CrossValidate(
            ImageDataSet.FromFolder(flowers.Folder), TinyFlowers.Training with { Resume = true }, cancellationToken: Token)).Message,
            "A cross-validation trains every fold from the start");
    }
}
