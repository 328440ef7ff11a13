using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Training as a program calls it.</summary>
[TestClass]
public sealed class BackboneTrainerTests : IDisposable
{
    private static readonly Recipe OneEpoch = Recipe.FineTune with { Epochs = 1, WarmUpEpochs = 0, BatchSize = 4, TrainScale = 1 };

    // A spec that the catalog does not have, for pictures of 32 pixels: it trains in a moment.
    private static readonly BackboneSpec Mine = new()
    {
        Name = "mine",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 4,
        Stem = Stem.Small(4),
        Input = new InputSpec { ImageSize = 32 },
    };

    private static readonly TrainingOptions Small = new() { Spec = Mine, Tune = Tune.LastStage, Recipe = OneEpoch };

    private readonly TemporaryFolder folder = new();

    private ImageDataSet Data => field ??= ImageDataSet.FromFolder(folder.Photos("photos", 5, "daisy", "roses"));

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task A_run_has_a_model_a_network_figures_and_a_history_and_writes_them_when_asked_to()
    {
        var events = new List<TrainingEvent>();
        ImageDataSet data = Data;
        string[] before = Directory.GetFileSystemEntries(folder[""]);
        using TrainingRun run = await BackboneTrainer.TrainAsync(data, Small, TrainingEvent.On<TrainingEvent>(events.Add), TestContext.CancellationToken);

        Assert.AreEqual(run.Report.Accuracy, run.Metrics.Accuracy);
        Assert.HasCount(1, run.History);
        Assert.AreEqual(run.History[0], events.OfType<EpochRecord>().Single());
        CollectionAssert.AreEqual(new[] { 1, 2 }, events.OfType<StepRecord>().Select(step => step.Step).ToArray());
        CollectionAssert.AreEqual(new[] { true, false }, events.OfType<OptimizationPhase>().Select(phase => phase.Running).ToArray());
        Assert.IsFalse(events.OfType<CheckpointSaved>().Any(), "nobody could go on with it");
        Assert.IsFalse(run.Backbone.training);
        CollectionAssert.AreEqual(new[] { "daisy", "roses" }, run.Classifier.Classes.ToArray());
        CollectionAssert.AreEqual(before, Directory.GetFileSystemEntries(folder[""]), "nothing is written before Save");

        run.Save(folder["result"]);
        CollectionAssert.IsSubsetOf(new[] { "model.zip", "backbone.onnx", "metrics.json", "history.json", "report.html", "MODEL_CARD.md", "configuration.json" },
            Directory.EnumerateFiles(folder["result"]).Select(Path.GetFileName).ToArray());
        Assert.ThrowsExactly<TrainingException>(() => run.Save(folder["result"]));
        string photo = ImageFolder.List(data.Folder!)[0].ImagePath;
        using ImageClassifier saved = TrainedModel.Load(folder["result"]);
        ImagePrediction expected = run.Classifier.Predict([photo], TestContext.CancellationToken).Single(), actual = saved.Predict([photo], TestContext.CancellationToken).Single();
        Assert.AreEqual(expected.Ranking[0], actual.Ranking[0]);
        Assert.AreEqual(expected.UnknownScore, actual.UnknownScore);
        Assert.IsTrue(actual.IsKnown.HasValue);
        Assert.AreEqual(UnknownScore.DefaultKeep, run.Metrics.Known!.Keep);

        // The same network in TorchSharp, to go on with.
        run.Backbone.SaveWeights(folder["network.safetensors"]);
        using Backbone again = BackboneRegistry.Create(Mine with { Classes = 0 }, folder["network.safetensors"]);
        Assert.IsTrue(again.state_dict().All(entry => entry.Value.allclose(run.Backbone.state_dict()[entry.Key])));
    }

    [TestMethod]
    public void The_model_is_an_ML_NET_transformer()
    {
        using TrainingRun run = BackboneTrainer.Train(Data, new TrainingOptions { ImageSize = 64 }, cancellationToken: TestContext.CancellationToken);
        var mlContext = new MLContext(seed: 1);
        IDataView photos = mlContext.Data.LoadImageFolder(folder["photos"]);
        IDataView scored = run.Model.Transform(photos);
        Assert.AreEqual(1.0, scored.GetColumn<string>("PredictedLabel").Zip(photos.GetColumn<string>("Label"), (predicted, label) => predicted == label ? 1 : 0).Average(), 0.3);
        Assert.IsEmpty(run.History);
    }

    [TestMethod]
    public void A_list_of_files_trains_as_their_folder_does()
    {
        ImageDataSet data = Data;
        ImageFolderListing listing = ImageFolder.List(data.Folder!);
        using TrainingRun fromFolder = BackboneTrainer.Train(data, Small, cancellationToken: TestContext.CancellationToken);
        using TrainingRun fromList = BackboneTrainer.Train(ImageDataSet.FromImages(listing, name: "mine"), Small, cancellationToken: TestContext.CancellationToken);
        fromFolder.Save(folder["folder"]);
        fromList.Save(folder["list"]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["folder/backbone.onnx"]), File.ReadAllBytes(folder["list/backbone.onnx"]));
        StringAssert.Contains(File.ReadAllText(folder["list/MODEL_CARD.md"]), "mine");
    }

    [TestMethod]
    [DataRow("", "daisy", "Image 0 has no path.")]
    [DataRow("a.jpg", " ", "'a.jpg' has no class. Each image needs the name of one.")]
    [DataRow("b.jpg", "daisy", "'b.jpg' is listed twice. List each image once.")]
    public void A_list_that_cannot_be_meant_is_refused(string path, string label, string message) => StringAssert.StartsWith(
        Assert.ThrowsExactly<ArgumentException>(() => ImageDataSet.FromImages([new() { ImagePath = path, Label = label }, new() { ImagePath = "b.jpg", Label = "roses" }])).Message,
        message);

    [TestMethod]
    public void A_training_that_is_stopped_goes_on_by_the_same_call_without_the_images_that_were_left_out()
    {
        File.WriteAllLines(folder["exclude.csv"], ["path", ImageFolder.List(Data.Folder!)[0].ImagePath]);
        ImageDataSet data = Data.Without(ImageExclusion.Read(folder["exclude.csv"]));
        TrainingOptions options = Small with { ResultFolder = folder["whole"], Recipe = OneEpoch with { Epochs = 2 } };
        using (BackboneTrainer.Train(data, options, cancellationToken: TestContext.CancellationToken)) { }

        options = options with { ResultFolder = folder["stopped"] };
        using var stop = new CancellationTokenSource();
        var stopped = Assert.ThrowsExactly<TrainingStoppedException>(() => BackboneTrainer.Train(data, options, TrainingEvent.On<StepRecord>(_ => stop.Cancel()), stop.Token));
        Assert.AreEqual(folder["stopped"], stopped.Folder);
        Assert.IsFalse(File.Exists(folder["stopped/model.zip"]));

        (TrainingOptions before, string? photos, _) = TrainedModel.ReadTraining(folder["stopped"]);
        Assert.AreEqual(data.Folder, photos);
        using ImageDataSet again = ImageDataSet.FromFolder(photos!).Without(ImageExclusion.FromTraining(folder["stopped"]));
        using (BackboneTrainer.Train(again, before with { Spec = Mine, Featurizing = options.Featurizing }, cancellationToken: TestContext.CancellationToken)) { }
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["whole/backbone.onnx"]), File.ReadAllBytes(folder["stopped/backbone.onnx"]));
    }

    /// <summary>As on another machine: what the device would choose now is not what the training began with.</summary>
    [TestMethod]
    public void A_training_goes_on_in_the_precision_that_it_began_with()
    {
        ImageDataSet data = Data;
        TrainingPrecision here = TrainingPrecision.Auto.On(TorchSharp.torch.CPU), there = here == TrainingPrecision.BFloat16 ? TrainingPrecision.Float32 : TrainingPrecision.BFloat16;
        TrainingOptions options = Small with { ResultFolder = folder["other"], Recipe = OneEpoch with { TrainPrecision = there } };
        using (BackboneTrainer.Train(data, options, cancellationToken: TestContext.CancellationToken)) { }

        options = Small with { ResultFolder = folder["moved"] };
        using var stop = new CancellationTokenSource();
        var messages = new List<string>();
        Assert.ThrowsExactly<TrainingStoppedException>(() => BackboneTrainer.Train(data, options, TrainingEvent.On<StepRecord>(_ => stop.Cancel()), stop.Token));
        foreach (string checkpoint in Directory.EnumerateDirectories(folder["moved/checkpoints"])) Directory.Delete(checkpoint, recursive: true); // from its start
        string configuration = folder["moved/configuration.json"];
        File.WriteAllText(configuration, File.ReadAllText(configuration).Replace(
            $"  \"trainPrecision\": \"{RecipeSettings.Text(here)}\"", $"  \"trainPrecision\": \"{RecipeSettings.Text(there)}\""));
        using (TrainingRun run = BackboneTrainer.Train(
            data, options with { Resume = true }, TrainingEvent.On<TrainingMessage>(message => messages.Add($"{message.Text}")), TestContext.CancellationToken))
        {
            Assert.AreEqual(RecipeSettings.Text(there), run.Metrics.TrainPrecision);
        }
        Assert.Contains($"Training precision: {RecipeSettings.Text(there)}, as this training began; here it would begin in {RecipeSettings.Text(here)}.", messages);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["other/backbone.onnx"]), File.ReadAllBytes(folder["moved/backbone.onnx"]));
        StringAssert.Contains(File.ReadAllText(folder["moved/MODEL_CARD.md"]), $"- training precision: {RecipeSettings.Text(there)}");
    }

    [TestMethod]
    public void What_is_trained_in_bfloat16_is_written_in_float32()
    {
        using TrainingRun run = BackboneTrainer.Train(
            Data, Small with { Recipe = OneEpoch with { TrainPrecision = TrainingPrecision.BFloat16 } }, cancellationToken: TestContext.CancellationToken);
        Assert.IsTrue(run.Backbone.parameters().All(parameter => parameter.dtype == TorchSharp.torch.ScalarType.Float32));
        run.Save(folder["result"]);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(folder["result/backbone.onnx"]);
        Assert.AreEqual(typeof(float), session.OutputMetadata.Single().Value.ElementType);
        Assert.AreEqual(run.History[^1].ValidationLoss, run.Metrics.LogLoss, 0.05 * run.Metrics.LogLoss);
        Assert.AreNotEqual(run.History[^1].ValidationLoss, run.Metrics.LogLoss, 1e-6 * run.Metrics.LogLoss, "it was validated in float32");
    }

    [TestMethod]
    public void A_training_that_nobody_can_go_on_with_is_cancelled_like_any_other_work()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => BackboneTrainer.Train(Data, Small, TrainingEvent.On<StepRecord>(_ => stop.Cancel()), stop.Token));
    }

    [TestMethod]
    public void A_network_of_ones_own_trains_from_scratch_as_those_of_the_catalog_do()
    {
        using TrainingRun run = BackboneTrainer.Train(
            Data, new TrainingOptions { Spec = Mine, Tune = Tune.Scratch, Recipe = Recipe.BagOfTricks with { Epochs = 1, WarmUpEpochs = 0, BatchSize = 4 } },
            cancellationToken: TestContext.CancellationToken);
        Assert.AreEqual("mine", run.Metrics.Backbone);
        Assert.AreEqual(32, run.Backbone.Spec.FeatureWidth);
    }

    [TestMethod]
    public void A_change_of_ones_own_has_its_effect_and_depends_on_the_seed_alone()
    {
        ImageDataSet data = Data;
        byte[] plain = Trained(null), changed = Trained(Noise), again = Trained(Noise);
        CollectionAssert.AreNotEqual(plain, changed);
        CollectionAssert.AreEqual(changed, again);

        byte[] Trained(ImageChange? change)
        {
            using TrainingRun run = BackboneTrainer.Train(data, Small with { Augment = change }, cancellationToken: TestContext.CancellationToken);
            string target = folder[Guid.NewGuid().ToString("N")];
            run.Save(target);
            return File.ReadAllBytes(Path.Combine(target, "backbone.onnx"));
        }

        static void Noise(Span<byte> pixels, int size, Random random)
        {
            Assert.AreEqual(size * size * 3, pixels.Length);
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(pixels[i] / 2 + random.Next(100));
        }
    }

    [TestMethod]
    public void Settings_that_do_not_go_together_are_named()
    {
        AssertRefused(new TrainingOptions { Recipe = Recipe.FineTune }, "A Recipe and its settings are for training the network, and Tune head trains only a linear classifier.");
        AssertRefused(new TrainingOptions { Tune = Tune.Scratch, Weights = "resnet18.a1_in1k", Backbone = "resnet18" }, "Tune is scratch, which starts from random weights, and Weights are 'resnet18.a1_in1k'.");
        AssertRefused(Small with { ResultFolder = Path.Combine(Data.Folder!, "result") }, "The results would lie in ");

        void AssertRefused(TrainingOptions options, string message) =>
            StringAssert.StartsWith(Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(Data, options)).Message, message);
    }

    public void Dispose() => folder.Dispose();
}
