using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Regression;

/// <summary>A training that gives a number for an image, as a program calls it.</summary>
[TestClass]
public sealed class RegressionRunTests : IDisposable
{
    private readonly TinyValues photos = new();

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_figures_are_ML_NETs_for_the_model(bool tuned)
    {
        (string, double)[] others = [.. photos.Images.Where((_, i) => i % 4 == 0)];
        using RegressionRun run = BackboneTrainer.Train(
            RegressionDataSet.FromImages(photos.Images.Except(others), others), tuned ? TinyValues.All : TinyValues.Head, cancellationToken: Token);
        var mlContext = new MLContext(seed: 1);
        IDataView rows = mlContext.Data.LoadFromEnumerable(others.Select(image => new Row { ImagePath = image.Item1, Label = (float)image.Item2 }));
        Microsoft.ML.Data.RegressionMetrics expected = mlContext.Regression.Evaluate(run.Model.Transform(rows));
        Assert.AreEqual(expected.RootMeanSquaredError, run.Report.RootMeanSquaredError, 1e-3);
        Assert.AreEqual(expected.MeanAbsoluteError, run.Report.MeanAbsoluteError, 1e-3);
        Assert.AreEqual(expected.RSquared, run.Report.RSquared!.Value, 1e-4);
        Assert.AreEqual((run.Report.RootMeanSquaredError, 18, 6), (run.Metrics.RootMeanSquaredError, run.Metrics.TrainImages, run.Metrics.ValidationImages));
        Assert.HasCount(tuned ? 2 : 0, run.History);
        if (!tuned) return;
        Assert.AreEqual(run.Report.RootMeanSquaredError, run.History[^1].ValidationRootMeanSquaredError, 0.01);
        Assert.AreEqual(run.Report.MeanAbsoluteError, run.History[^1].ValidationMeanAbsoluteError, 0.01);
        Assert.AreEqual(run.Report.RSquared.Value, run.History[^1].ValidationRSquared!.Value, 1e-3);
    }

    [TestMethod]
    public void A_result_has_the_model_predictions_history_a_page_and_a_card()
    {
        var events = new List<TrainingEvent>();
        using RegressionRun run = BackboneTrainer.Train(
            photos.Data, TinyValues.All with { LogFolder = photos["log"] }, TrainingEvent.On<TrainingEvent>(events.Add), Token);
        run.Save(photos["result"], cancellationToken: Token);
        Assert.AreEqual(run.History[^1], events.OfType<RegressionEpoch>().Last());

        string[] lines = File.ReadAllLines(photos["result/predictions.csv"]);
        Assert.AreEqual("path,value,predicted,error,sha256", lines[0]);
        Assert.HasCount(1 + run.Metrics.ValidationImages, lines);
        string[] first = lines[1].Split(',');
        using (var saved = ImageRegressor.Load(photos["result/model.zip"]))
            Assert.AreEqual(double.Parse(first[2]), saved.Predict([first[0]], Token).Single().Value!.Value, 0.01);

        StringAssert.StartsWith(File.ReadAllText(photos["log/history.csv"]),
            "Epoch,TrainLoss,ValidationLoss,ValidationRootMeanSquaredError,ValidationMeanAbsoluteError,ValidationRSquared,LearningRate,Seconds\n1,");
        using var history = JsonDocument.Parse(File.ReadAllText(photos["result/history.json"]));
        Assert.AreEqual(run.History[1].ValidationMeanAbsoluteError, history.RootElement[1].GetProperty("validationMeanAbsoluteError").GetDouble());
        using var metrics = JsonDocument.Parse(File.ReadAllText(photos["result/metrics.json"]));
        Assert.AreEqual(run.Report.RSquared, metrics.RootElement.GetProperty("rSquared").GetDouble());

        string page = File.ReadAllText(photos["result/report.html"]), card = File.ReadAllText(photos["result/MODEL_CARD.md"]);
        foreach (string part in new[] { "id=\"scatter\"", "id=\"errors\"", "id=\"learning\"", "id=\"mistakes\"", "data:image/jpeg;base64,", "mean-squared-error" })
            StringAssert.Contains(page, part);
        Assert.DoesNotContain("confusion", page);
        StringAssert.Contains(card, $"| MAE, mean absolute error | {run.Report.MeanAbsoluteError:G4} |");
        StringAssert.Contains(card, "ImageRegressor.Load(");
        Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(photos["result"]));
        StringAssert.EndsWith(Assert.ThrowsExactly<TrainingException>(() => RunSummary.Read(photos["result"])).Message,
            "is of a regression. Only classifiers can be compared.");
    }

    /// <summary>Inside, values are standardized, so their unit is nobody's business: a power of 2 changes no digit.</summary>
    [TestMethod]
    public void The_unit_of_the_values_changes_nothing_but_the_unit_of_the_predictions()
    {
        using RegressionRun one = BackboneTrainer.Train(photos.Data, TinyValues.All, cancellationToken: Token);
        using RegressionRun other = BackboneTrainer.Train(
            RegressionDataSet.FromImages(photos.Images.Select(image => (image.ImagePath, image.Value * 1024))), TinyValues.All, cancellationToken: Token);
        CollectionAssert.AreEqual(
            one.Backbone.state_dict()["conv1.weight"].bytes.ToArray(), other.Backbone.state_dict()["conv1.weight"].bytes.ToArray());
        Assert.AreEqual(one.Report.RootMeanSquaredError * 1024, other.Report.RootMeanSquaredError, 1e-3 * one.Report.RootMeanSquaredError);
        Assert.AreEqual(one.History[^1].ValidationLoss, other.History[^1].ValidationLoss);
    }

    [TestMethod]
    public void A_training_that_was_stopped_goes_on_to_the_same_bytes()
    {
        TrainingOptions options = TinyValues.All with
        {
            Recipe = TinyValues.All.Recipe! with { Loss = LossKind.Huber, Mixup = 0.5, CutMix = 1, Epochs = 3, KeepBest = true },
            ResultFolder = photos["whole"],
        };
        BackboneTrainer.Train(photos.Data, options, cancellationToken: Token).Dispose();
        options = options with { ResultFolder = photos["stopped"] };
        int steps = 0;
        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<TrainingStoppedException>(() => BackboneTrainer.Train(photos.Data, options, TrainingEvent.On<StepRecord>(_ =>
        {
            if (++steps == 5) stop.Cancel();
        }), stop.Token));

        // As classes it would be another training.
        var classes = ImageDataSet.FromImages(photos.Images.Select((image, i) => new LabeledImage { ImagePath = image.ImagePath, Label = $"{i % 2}" }));
        StringAssert.Contains(
            Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(classes, options with
            {
                Resume = true,
                Recipe = options.Recipe! with { Loss = null },
            })).Message, "Task was regression and is classification");
        (string ImagePath, double Value)[] changed = [.. photos.Images];
        changed[3].Value += 1;
        StringAssert.Contains(Assert.ThrowsExactly<TrainingException>(() =>
            BackboneTrainer.Train(RegressionDataSet.FromImages(changed), options with { Resume = true }, cancellationToken: Token)).Message, "1 changed (");

        BackboneTrainer.Train(photos.Data, options with { Resume = true }, cancellationToken: Token).Dispose();
        foreach (string file in new[] { "backbone.onnx", "model.zip", "predictions.csv" })
            CollectionAssert.AreEqual(File.ReadAllBytes(photos[$"whole/{file}"]), File.ReadAllBytes(photos[$"stopped/{file}"]), file);
    }

    [TestMethod]
    public void What_is_for_classes_is_refused_by_name()
    {
        Recipe recipe = TinyValues.All.Recipe!;
        Refused(TinyValues.All with { Recipe = recipe with { LabelSmoothing = 0.1 } },
            "LabelSmoothing is for classes, and the images have numbers. Leave it out, or make it 0.");
        Refused(TinyValues.All with { Recipe = recipe with { Balanced = true } }, "Balanced is for classes");
        Refused(TinyValues.All with { Recipe = recipe with { Loss = LossKind.BinaryCrossEntropy } },
            "Loss is binary-cross-entropy, which is for classes, and the images have numbers. Use mean-squared-error or huber.");
        Refused(TinyValues.Head with { Head = new ClassificationHeadOptions { ClassWeights = ClassWeights.Balanced } }, "ClassWeights is for classes");
        Refused(TinyValues.Head with { AllowMissingClasses = true }, "AllowMissingClasses is for classes");
        var classes = ImageDataSet.FromImages(photos.Images.Select((image, i) => new LabeledImage { ImagePath = image.ImagePath, Label = $"{i % 2}" }));
        Assert.AreEqual("Loss is huber, which is for numbers, and the images have classes. Use cross-entropy or binary-cross-entropy.",
            Assert.ThrowsExactly<TrainingException>(() =>
                BackboneTrainer.Train(classes, TinyValues.All with { Recipe = recipe with { Loss = LossKind.Huber } }, cancellationToken: Token)).Message);

        void Refused(TrainingOptions options, string message) => StringAssert.StartsWith(
            Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(photos.Data, options, cancellationToken: Token)).Message, message);
    }

    [TestMethod]
    public void Values_that_nothing_can_be_learned_of_are_refused()
    {
        Assert.AreEqual("All 24 images of 'images' have the value 7.5. There is nothing to learn where all values are the same.",
            Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(
                RegressionDataSet.FromImages(photos.Images.Select(image => (image.ImagePath, 7.5))), TinyValues.Head, cancellationToken: Token)).Message);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => RegressionDataSet.FromImages([("a.jpg", 1), ("b.jpg", double.NaN)])).Message,
            "'b.jpg' has the value NaN. Each image needs a finite number.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() =>
            RegressionDataSet.FromEncodedImages([(new byte[] { 1 }, 1), (new byte[] { 2 }, double.PositiveInfinity)])).Message,
            "Image 1 has the value Infinity. Each image needs a finite number.");
    }

    [TestMethod]
    public void From_fresh_weights_the_usual_recipe_has_nothing_that_is_for_classes()
    {
        TrainingOptions options = TinyValues.Head with { Tune = Tune.Scratch, TimeLimit = TimeSpan.Zero };
        using RegressionRun run = BackboneTrainer.Train(photos.Data, options, cancellationToken: Token);
        Assert.HasCount(1, run.History);
    }

    [TestMethod]
    public void The_same_image_with_two_values_is_a_problem()
    {
        File.Copy(photos.Images[0].ImagePath, photos["photos/copy.png"]);
        using RegressionRun run = BackboneTrainer.Train(
            RegressionDataSet.FromImages([.. photos.Images, (photos["photos/copy.png"], 1000)]), TinyValues.Head, cancellationToken: Token);
        DataProblem problem = run.Metrics.Problems.Single(problem => problem.Kind == DataProblem.TwoValues);
        StringAssert.StartsWith(problem.Message, "2 files have the same bytes and have different values, '");
    }

    public void Dispose() => photos.Dispose();

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public float Label { get; set; }
    }
}
