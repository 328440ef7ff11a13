using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.MultiLabel;

/// <summary>A training that gives an image any number of labels, as a program calls it.</summary>
[TestClass]
public sealed class MultiLabelRunTests : IDisposable
{
    private readonly TinyLabels photos = new(48);

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    public void A_head_on_a_frozen_backbone_finds_the_labels()
    {
        using MultiLabelRun run = BackboneTrainer.Train(photos.Data, TinyLabels.Head, cancellationToken: Token);
        CollectionAssert.AreEqual(TinyLabels.Names, run.Classifier.Classes.ToArray());
        Assert.IsGreaterThan(0.9, run.Report.MeanAveragePrecision!.Value);
        Assert.AreEqual((run.Report.MeanAveragePrecision, run.Report.MicroF1), (run.Metrics.MeanAveragePrecision, run.Metrics.MicroF1));
        Assert.IsEmpty(run.History);
        Assert.IsNotNull(run.Metrics.Head);
    }

    /// <summary>The report is of the exported network, the epoch of the one in TorchSharp; the model gives what the report is of.</summary>
    [TestMethod]
    public void A_tuned_result_has_the_model_predictions_history_a_page_and_a_card()
    {
        var events = new List<TrainingEvent>();
        using MultiLabelRun run = BackboneTrainer.Train(
            photos.Data, TinyLabels.All with { LogFolder = photos["log"] }, TrainingEvent.On<TrainingEvent>(events.Add), Token);
        run.Save(photos["result"], cancellationToken: Token);
        Assert.HasCount(2, run.History);
        Assert.AreEqual(run.History[^1], events.OfType<MultiLabelEpoch>().Last());
        Assert.AreEqual(run.Report.MeanAveragePrecision!.Value, run.History[^1].ValidationMeanAveragePrecision!.Value, 0.02);
        Assert.AreEqual(run.Report.LogLoss * TinyLabels.Names.Length, run.History[^1].ValidationLoss, 0.02);

        string[] lines = File.ReadAllLines(photos["result/predictions.csv"]);
        Assert.AreEqual("path,labels,predicted,sha256,probability of blue,probability of green,probability of red", lines[0]);
        Assert.HasCount(1 + run.Metrics.ValidationImages, lines);
        using (ImageClassifier saved = TrainedModel.Load(photos["result"]))
        {
            foreach (string[] line in lines[1..].Select(line => line.Split(',')))
            {
                ImagePrediction prediction = saved.Predict([line[0]], Token).Single();
                CollectionAssert.AreEquivalent(line[2].Split('|', StringSplitOptions.RemoveEmptyEntries), prediction.Labels.ToArray());
                Assert.AreEqual(double.Parse(line[4]), prediction.Ranking.Single(one => one.Label == "blue").Probability, 1e-4);
            }
        }

        StringAssert.StartsWith(File.ReadAllText(photos["log/history.csv"]), "Epoch,TrainLoss,ValidationLoss,ValidationMeanAveragePrecision,");
        using var history = JsonDocument.Parse(File.ReadAllText(photos["result/history.json"]));
        Assert.AreEqual(run.History[1].ValidationMicroF1, history.RootElement[1].GetProperty("validationMicroF1").GetDouble());
        using var metrics = JsonDocument.Parse(File.ReadAllText(photos["result/metrics.json"]));
        Assert.AreEqual(run.Report.MeanAveragePrecision, metrics.RootElement.GetProperty("meanAveragePrecision").GetDouble());
        Assert.AreEqual(run.Report.MacroF1, metrics.RootElement.GetProperty("macroF1").GetDouble());
        Assert.AreEqual("blue", metrics.RootElement.GetProperty("labels")[0].GetProperty("label").GetString());

        string page = File.ReadAllText(photos["result/report.html"]), card = File.ReadAllText(photos["result/MODEL_CARD.md"]);
        foreach (string part in new[] { "id=\"labels\"", "id=\"learning\"", "<td>green</td>", "any number" }) StringAssert.Contains(page, part);
        StringAssert.Contains(card, $"| micro F1, of all decisions together | {run.Report.MicroF1:F3} |");
        StringAssert.Contains(card, ".Labels));");
        StringAssert.EndsWith(Assert.ThrowsExactly<TrainingException>(() => RunSummary.Read(photos["result"])).Message,
            "is of images with any number of labels. Only classifiers of one class can be compared.");
    }

    /// <summary>A tenth is not learned, and thresholds are chosen by it alone: with a fixed one, nothing is held back.</summary>
    [TestMethod]
    public void A_tuned_networks_thresholds_are_chosen_on_images_that_it_has_not_learned()
    {
        string[] labels = [.. Enumerable.Range(0, 200).Select(i => LabelSet.Of(TinyLabels.Names.Where((_, bit) => (i >> bit & 1) == 1)))];
        var job = new TrainingJob(photos.Data.Images, TinyLabels.All, null);
        IReadOnlySet<int> held = LearningTask.MultiLabel.HeldBack(job, labels);
        Assert.HasCount(20, held);
        Assert.IsEmpty(LearningTask.MultiLabel.HeldBack(job with { Options = TinyLabels.Head }, labels));
        Assert.IsEmpty(LearningTask.MultiLabel.HeldBack(job with { Options = TinyLabels.All with { Thresholds = LabelThresholds.Fixed() } }, labels));
        Assert.IsEmpty(LearningTask.MultiLabel.HeldBack(job, labels[..24])); // of 3 images nothing is chosen

        using var many = new TinyLabels(100);
        int all = 0, learned = 0;
        foreach ((LabelThresholds thresholds, Action<int> add) in new (LabelThresholds, Action<int>)[]
            { (LabelThresholds.Fixed(), count => all += count), (LabelThresholds.BestF1, count => learned += count) })
        {
            BackboneTrainer.Train(MultiLabelDataSet.FromImages(many.Images, photos.Images.Take(8)), TinyLabels.All with
            {
                Recipe = TinyLabels.All.Recipe! with { Epochs = 1 },
                Thresholds = thresholds,
            }, TrainingEvent.On<StepRecord>(step => add(step.Images)), Token).Dispose();
        }
        Assert.AreEqual((100, 90), (all, learned));
    }

    [TestMethod]
    public void A_training_that_was_stopped_goes_on_to_the_same_bytes()
    {
        using var many = new TinyLabels(64);
        TrainingOptions options = TinyLabels.All with
        {
            Recipe = TinyLabels.All.Recipe! with { LabelSmoothing = 0.1, Mixup = 0.5, CutMix = 1, Epochs = 2, KeepBest = true },
            ResultFolder = many["whole"],
        };
        BackboneTrainer.Train(many.Data, options, cancellationToken: Token).Dispose();
        options = options with { ResultFolder = many["stopped"] };
        int steps = 0;
        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<TrainingStoppedException>(() => BackboneTrainer.Train(many.Data, options, TrainingEvent.On<StepRecord>(_ =>
        {
            if (++steps == 5) stop.Cancel();
        }), stop.Token));
        StringAssert.Contains(Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(
            many.Data, options with { Resume = true, Thresholds = LabelThresholds.AtPrecision(0.9) }, cancellationToken: Token)).Message,
            "Thresholds was best-f1 and is precision=0.9");

        BackboneTrainer.Train(many.Data, options with { Resume = true }, cancellationToken: Token).Dispose();
        foreach (string file in new[] { "backbone.onnx", "model.zip", "predictions.csv" })
            CollectionAssert.AreEqual(File.ReadAllBytes(many[$"whole/{file}"]), File.ReadAllBytes(many[$"stopped/{file}"]), file);
    }

    [TestMethod]
    public void ML_NETs_data_and_contents_train_as_files_do()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView rows = mlContext.Data.LoadFromEnumerable(photos.Images.Select(image => new Row { ImagePath = image.ImagePath, Labels = [.. image.Labels] }));
        using var view = MultiLabelDataSet.FromDataView(rows);
        using var contents = MultiLabelDataSet.FromEncodedImages(
            photos.Images.Select(image => ((ReadOnlyMemory<byte>)File.ReadAllBytes(image.ImagePath), image.Labels)));
        using MultiLabelRun one = BackboneTrainer.Train(photos.Data, TinyLabels.Head, cancellationToken: Token);
        foreach (MultiLabelDataSet data in new[] { view, contents })
        {
            using MultiLabelRun other = BackboneTrainer.Train(data, TinyLabels.Head, cancellationToken: Token);
            Assert.AreEqual(one.Report.LogLoss, other.Report.LogLoss, 1e-6);
        }

        Assert.AreEqual("Schema mismatch for label column 'ImagePath': expected Vector<String>, got String.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MultiLabelDataSet.FromDataView(rows, labelColumnName: "ImagePath")).Message);
    }

    [TestMethod]
    public void What_is_for_one_class_is_refused_by_name()
    {
        Recipe recipe = TinyLabels.All.Recipe!;
        Refused(TinyLabels.All with { Recipe = recipe with { Loss = LossKind.CrossEntropy } },
            "Loss is cross-entropy, and the images have any number of labels. Use binary-cross-entropy.");
        Refused(TinyLabels.All with { Recipe = recipe with { Balanced = true } },
            "Balanced is for images of one class, and these have any number of labels. Leave it out, or make it false.");
        Refused(TinyLabels.Head with { Head = new ClassificationHeadOptions { ClassWeights = ClassWeights.Balanced } }, "ClassWeights is for images of one class");
        Refused(TinyLabels.Head with { Keep = 0.9 }, "Keep is for images of one class, and these have any number of labels. Leave it out, or make it 0.95.");
        Refused(TinyLabels.Head with { Calibrate = true }, "Calibrate is for images of one class");
        Refused(TinyLabels.Head with { AllowMissingClasses = true }, "AllowMissingClasses is for images of one class");

        void Refused(TrainingOptions options, string message) => StringAssert.StartsWith(
            Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(photos.Data, options, cancellationToken: Token)).Message, message);
    }

    [TestMethod]
    public void Labels_that_nothing_can_be_learned_of_are_refused()
    {
        Refused([], "None of the 48 images of 'images' has a label. There is nothing to learn.");
        Refused(["b", "a"], "All 48 images of 'images' have the labels 'a', 'b'. There is nothing to learn where all have the same.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => MultiLabelDataSet.FromImages([("a.jpg", ["x", " "])])).Message,
            "'a.jpg' has an empty label. Each label needs a name.");

        void Refused(string[] labels, string message) => Assert.AreEqual(message, Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(
            MultiLabelDataSet.FromImages(photos.Images.Select(image => (image.ImagePath, labels.AsEnumerable()))), TinyLabels.Head, cancellationToken: Token)).Message);
    }

    [TestMethod]
    public void Problems_name_labels()
    {
        File.Copy(photos.Images[7].ImagePath, photos["photos/copy.png"]);
        using MultiLabelRun run = BackboneTrainer.Train(
            MultiLabelDataSet.FromImages(
                [.. photos.Images, (photos["photos/copy.png"], ["rare"])], photos.Images.Take(8).Select(image => (image.ImagePath, image.Labels.Append("new")))),
            TinyLabels.Head, cancellationToken: Token);
        string[] messages = [.. run.Metrics.Problems.Select(problem => problem.Message)];
        StringAssert.Contains(messages.Single(message => message.Contains("same bytes")), "have different labels, 'blue, green, red', 'rare'");
        Assert.IsTrue(messages.Any(message => message.StartsWith("Images to measure on have the labels 'new', which the model does not know")));
        Assert.IsTrue(messages.Any(message => message.StartsWith("No image to measure on has the labels 'rare'")));
        Assert.IsTrue(messages.Any(message => message.StartsWith("Fewer than 5 images to train on: 'rare' (1).")));
    }

    [TestMethod]
    public void A_training_is_cross_validated()
    {
        CrossValidation<MultiLabelRunMetrics> folds = BackboneTrainer.CrossValidate(photos.Data, TinyLabels.Head, folds: 2, cancellationToken: Token);
        Assert.IsGreaterThan(0.9, folds.Estimate(fold => fold.MeanAveragePrecision!.Value).Mean);
    }

    public void Dispose() => photos.Dispose();

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];
    }
}
