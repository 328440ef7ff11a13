using System.Text.Json;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.Cli;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Several backbones on the same photos.</summary>
[TestClass]
public sealed class SweepTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Each_backbone_gets_its_result_and_one_that_fails_stops_no_other()
    {
        string photos = folder.Photos("photos", 4, "daisy", "roses");
        File.WriteAllText(folder["broken.pth"], "no weights");
        string backbones = $"resnet18={folder["broken.pth"]},resnet18_mlnet";
        CommandLine sweep = Sweep(photos, backbones, "--json");
        Assert.AreEqual(1, sweep.ExitCode);
        StringAssert.EndsWith(sweep.Errors.TrimEnd(), "error: 1 of 2 backbones were not trained; the reasons are above. The same command tries those again.");

        JsonElement[] runs = [.. JsonDocument.Parse(sweep.Output).RootElement.EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "resnet18", "resnet18_mlnet" }, runs.Select(run => run.GetProperty("name").GetString()).ToArray());
        StringAssert.Contains(runs[0].GetProperty("error").GetString(), "broken.pth");
        Assert.IsFalse(runs[0].TryGetProperty("accuracy", out _));
        Assert.IsFalse(runs[1].TryGetProperty("error", out _));
        Assert.IsGreaterThan(0, runs[1].GetProperty("imagesPerSecond").GetDouble());
        string result = runs[1].GetProperty("folder").GetString()!;
        Assert.AreEqual(new FileInfo(Path.Combine(result, "backbone.onnx")).Length, runs[1].GetProperty("fileBytes").GetInt64());
        Assert.IsTrue(File.Exists(Path.Combine(result, "report.html")));
        Assert.IsTrue(runs[1].GetProperty("pareto").GetBoolean(), "beaten by none");
        Assert.AreEqual(sweep.Output.TrimEnd(), File.ReadAllText(folder["sweep/sweep.json"]));

        // Again: what is done stays, what failed is tried.
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(result, "model.zip"));
        CommandLine again = Sweep(photos, backbones, "--json");
        Assert.AreEqual((1, sweep.Output), (again.ExitCode, again.Output));
        StringAssert.Contains(again.Errors, "[2/2] resnet18_mlnet, done before");
        Assert.AreEqual(written, File.GetLastWriteTimeUtc(Path.Combine(result, "model.zip")));

        Sweep(photos, backbones, "--seed", "2").AssertFailed(
            $"The sweep in '{folder["sweep"]}' was started with Seed 1, ClassWeights none, Tune head, not with Seed 2, ClassWeights none, Tune head. "
            + "Repeat those to go on with it, or use --force to start anew, or another folder with --output.");
        File.Delete(Directory.EnumerateFiles(Path.Combine(photos, "daisy")).First());
        Sweep(photos, backbones).AssertFailed(
            $"The images are not those that the sweep in '{folder["sweep"]}' was started with. Use --force to start anew, or another folder with --output.");
    }

    [TestMethod]
    public void A_sweep_that_was_stopped_goes_on_with_what_is_not_done()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        using var stop = new CancellationTokenSource();
        var trained = new List<string>();
        IProgress<TrainingEvent> listener = TrainingEvent.On<SweepRunStarted>(started =>
        {
            if (!started.Run.Done) trained.Add(started.Run.Name);
            if (trained.Count == 2) stop.Cancel();
        });
        SweepOptions options = Options("first", "second", "third");
        Assert.Throws<OperationCanceledException>(() => BackboneSweep.Run(ImageDataSet.FromFolder(photos), options, listener, stop.Token));
        JsonElement[] file = [.. JsonDocument.Parse(File.ReadAllText(folder["sweep/sweep.json"])).RootElement.EnumerateArray()];
        CollectionAssert.AreEqual(
            new[] { null, "Not done yet.", "Not done yet." },
            file.Select(run => run.TryGetProperty("error", out JsonElement error) ? error.GetString() : null).ToArray());
        CollectionAssert.AreEquivalent(new[] { "sweep.json", "first" }, Directory.EnumerateFileSystemEntries(folder["sweep"]).Select(Path.GetFileName).ToArray());

        IReadOnlyList<SweepRun> runs = BackboneSweep.Run(ImageDataSet.FromFolder(photos), options, listener);
        Assert.IsTrue(runs.All(run => run.Done));
        CollectionAssert.AreEqual(new[] { "first", "second", "second", "third" }, trained, "the first is not trained again");
    }

    [TestMethod]
    public void A_tuning_that_was_stopped_in_a_sweep_goes_on_from_its_checkpoint()
    {
        var data = ImageDataSet.FromFolder(folder.Photos("photos", 4, "daisy", "roses"));
        var training = new TrainingOptions
        {
            Backbone = "resnet10t",
            Weights = InitialWeights.Fresh,
            ImageSize = 64,
            Tune = Tune.LastStage,
            Recipe = Recipe.FineTune with { Epochs = 2, BatchSize = 4, TrainScale = 1 },
        };
        using (BackboneTrainer.Train(data, training with { ResultFolder = folder["alone"] })) { }

        SweepOptions options = Options("only") with { Training = training };
        using var stop = new CancellationTokenSource();
        IProgress<TrainingEvent> stopping = TrainingEvent.On<EpochRecord>(_ => stop.Cancel());
        Assert.Throws<OperationCanceledException>(() => BackboneSweep.Run(data, options, stopping, stop.Token));
        Assert.IsFalse(File.Exists(folder["sweep/only/model.zip"]));

        var epochs = new List<int>();
        SweepRun run = BackboneSweep.Run(data, options, TrainingEvent.On<EpochRecord>(epoch => epochs.Add(epoch.Epoch))).Single();
        Assert.IsNull(run.Error);
        CollectionAssert.AreEqual(new[] { 2 }, epochs, "the first epoch is not trained again");
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["alone/backbone.onnx"]), File.ReadAllBytes(folder["sweep/only/backbone.onnx"]));
    }

    [TestMethod]
    public void What_is_done_of_a_sweep_is_said_where_it_is_stopped()
    {
        using var progress = new TerminalProgress();
        progress.Report(new SweepRunEnded(new SweepRun { Name = "first", Backbone = "resnet18" }, Metrics: null, Done: 1, Count: 3));
        Assert.AreEqual("Stopped; 1 of 3 backbones are done. Run the same command again to go on.", Interruption.Message);
    }

    [TestMethod]
    public void Two_sweeps_in_one_folder_are_one_too_many()
    {
        using SweepFile other = SweepFile.Open(folder["sweep"]);
        TrainingException refusal = Assert.ThrowsExactly<TrainingException>(
            () => BackboneSweep.Run(ImageDataSet.FromFolder(folder.Photos("photos", 2, "daisy", "roses")), Options("first")));
        Assert.AreEqual($"Another sweep is writing into '{folder["sweep"]}'. Wait for it, or choose another folder with ResultFolder.", refusal.Message);
    }

    [TestMethod]
    public void What_the_time_does_not_reach_is_said_to_be_not_tried()
    {
        CommandLine sweep = Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet18_mlnet,resnet10t", "--max-minutes", "0.0001", "--json");
        Assert.AreEqual(1, sweep.ExitCode);
        // The first one may just have begun.
        JsonElement last = JsonDocument.Parse(sweep.Output).RootElement.EnumerateArray().Last();
        Assert.AreEqual("Not tried: the 0.0001 minutes of the sweep were over.", last.GetProperty("error").GetString());
        StringAssert.EndsWith(sweep.Errors.TrimEnd(), "error: No backbone was trained; the reasons are above. The same command tries those again.");
    }

    [TestMethod]
    public void What_is_under_way_when_the_time_is_over_is_stopped_and_leaves_nothing()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        var limit = TimeSpan.FromMilliseconds(150);
        IProgress<TrainingEvent> slow = TrainingEvent.On<FoldersListed>(_ => Thread.Sleep(2 * limit));
        SweepRun run = BackboneSweep.Run(ImageDataSet.FromFolder(photos), Options("resnet18_mlnet") with { TimeLimit = limit }, slow).Single();
        StringAssert.EndsWith(run.Error, "the 0.0025 minutes of the sweep were over.");
        CollectionAssert.AreEqual(new[] { "sweep.json" }, Directory.EnumerateFileSystemEntries(folder["sweep"]).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void A_backbone_without_public_weights_is_refused_with_the_ways_out()
    {
        CommandLine sweep = Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet50a");
        Assert.AreEqual(1, sweep.ExitCode);
        StringAssert.Contains(sweep.Errors, "resnet50a: There are no public weights for 'resnet50a'. Name a file with --weights, or start from random weights with --fresh.");
    }

    [TestMethod]
    public void Weights_that_are_named_do_not_go_with_fresh_ones() =>
        Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet18_mlnet,resnet18.a1_in1k", "--fresh").AssertFailed(
            "'resnet18.a1_in1k' names weights, and all backbones are to start from random ones. Leave one of them out.");

    [TestMethod]
    public void A_typo_is_an_error_before_anything_is_trained()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        CommandLine sweep = Sweep(photos, "resnet18_mlnet,resnet50e");
        Assert.AreEqual(1, sweep.ExitCode);
        StringAssert.StartsWith(sweep.Errors, "error: Unknown backbone 'resnet50e'. Did you mean 'resnet50");
        Sweep(photos, "resnet18_mlnet,resnet18_mlnet").AssertFailed("--backbones names 'resnet18_mlnet' twice.");
    }

    [TestMethod]
    public void Settings_that_do_not_go_together_are_an_error_before_anything_is_trained() =>
        Sweep(folder.Photos("photos", 4, "daisy", "roses"), "resnet18_mlnet", "--tune", "all", "--balanced", "--class-weights", "balanced").AssertFailed(
            "--balanced shows each class equally often and balanced --class-weights give rare classes more weight: together they balance twice. Leave one of them out.");

    [TestMethod]
    public void The_Pareto_front_is_those_that_no_other_beats()
    {
        IReadOnlyList<SweepRun> runs = SweepRun.WithParetoFront(
        [
            Run("small", 0.7, 100, 20), Run("large", 0.9, 20, 100), Run("beaten", 0.7, 90, 30), Run("same as large", 0.9, 20, 100),
            new SweepRun { Name = "failed", Backbone = "failed", Error = "It failed." },
        ]);
        CollectionAssert.AreEqual(new[] { "small", "large", "same as large" }, runs.Where(run => run.Pareto).Select(run => run.Name).ToArray());

        static SweepRun Run(string name, double accuracy, double speed, long bytes) =>
            new() { Name = name, Backbone = name, Accuracy = accuracy, ImagesPerSecond = speed, FileBytes = bytes };
    }

    private SweepOptions Options(params string[] names) => new()
    {
        Candidates = [.. names.Select(name => new SweepCandidate(name, "resnet10t", InitialWeights.Fresh))],
        Training = new TrainingOptions { ImageSize = 64 },
        ResultFolder = folder["sweep"],
    };

    private CommandLine Sweep(string photos, string backbones, params string[] options) =>
        CommandLine.Run(["sweep", photos, "--backbones", backbones, "--output", folder["sweep"], .. options]);
}
