using System.Text.Json;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using ResNetMLNet.Trainer.Sweeping;

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
        using (var small = new Backbone(BackboneRegistry.Find("resnet10t")))
        using (var weights = new WeightSet(small.state_dict(), "test")) WeightsFile.Save(weights, folder["small.safetensors"]);
        CommandLine sweep = Sweep(photos, $"resnet18={folder["broken.pth"]},resnet10t={folder["small.safetensors"]},resnet18_mlnet", "--json");
        sweep.AssertSucceeded();

        JsonElement[] runs = [.. JsonDocument.Parse(sweep.Output).RootElement.EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "resnet18", "resnet10t", "resnet18_mlnet" }, runs.Select(run => run.GetProperty("name").GetString()).ToArray());
        StringAssert.Contains(runs[0].GetProperty("error").GetString(), "broken.pth");
        Assert.IsFalse(runs[0].TryGetProperty("accuracy", out _));
        foreach (JsonElement run in runs[1..])
        {
            Assert.IsGreaterThan(0, run.GetProperty("imagesPerSecond").GetDouble());
            string result = run.GetProperty("folder").GetString()!;
            Assert.AreEqual(new FileInfo(Path.Combine(result, "backbone.onnx")).Length, run.GetProperty("fileBytes").GetInt64());
            Assert.IsTrue(File.Exists(Path.Combine(result, "report.html")));
        }
        Assert.AreEqual($"{folder["small.safetensors"]}, without its classifier", runs[1].GetProperty("weights").GetString());
        Assert.IsTrue(runs[1].GetProperty("pareto").GetBoolean(), "the smallest is beaten by none");
        Assert.AreEqual(sweep.Output.TrimEnd(), File.ReadAllText(folder["sweep/sweep.json"]));

        Sweep(photos, "resnet18_mlnet").AssertFailed($"There is a sweep in '{folder["sweep"]}' already. Use --force to replace it, or another folder with --output.");
    }

    [TestMethod]
    public void What_the_time_does_not_reach_is_said_to_be_not_tried()
    {
        CommandLine sweep = Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet18_mlnet,resnet10t", "--max-minutes", "0.0001", "--json");
        Assert.AreEqual(1, sweep.ExitCode);
        // The first one may just have begun.
        JsonElement last = JsonDocument.Parse(sweep.Output).RootElement.EnumerateArray().Last();
        Assert.AreEqual("Not tried: the 0.0001 minutes of --max-minutes were over.", last.GetProperty("error").GetString());
        StringAssert.EndsWith(sweep.Errors.TrimEnd(), "error: No backbone could be trained; the reasons stand above.");
    }

    [TestMethod]
    public async Task What_is_under_way_when_the_time_is_over_is_stopped_and_leaves_nothing()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        var sweep = new Sweep
        {
            Candidates = [new SweepCandidate("resnet18_mlnet", "resnet18_mlnet", InitialWeights.Best)],
            Request = candidate =>
            {
                Thread.Sleep(300); // longer than there is time for
                return new TrainingRequest
                {
                    Folder = photos,
                    Backbone = candidate.Backbone,
                    Seed = 1,
                    Head = new ClassificationHeadOptions(),
                    Strict = false,
                    Featurizing = new FeaturizeImagesOptions(),
                };
            },
            Output = folder["sweep"],
            Overwrite = false,
            Limit = TimeSpan.FromMilliseconds(150),
        };
        SweepRun run = (await sweep.RunAsync(CancellationToken.None)).Single();
        Assert.AreEqual("Stopped: the 0.0025 minutes of --max-minutes were over.", run.Error);
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(folder["sweep"]));
    }

    [TestMethod]
    public void A_backbone_without_public_weights_is_refused_with_the_ways_out()
    {
        CommandLine sweep = Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet50a");
        Assert.AreEqual(1, sweep.ExitCode);
        StringAssert.Contains(sweep.Errors, "resnet50a: There are no public weights for 'resnet50a'. Name a weights file, or ask for fresh weights: --fresh, in code InitialWeights.Fresh.");
    }

    [TestMethod]
    public void Weights_that_are_named_do_not_go_with_fresh_ones() =>
        Sweep(folder.Photos("photos", 2, "daisy", "roses"), "resnet18_mlnet,resnet18.a1_in1k", "--fresh").AssertFailed(
            "--fresh and --tune scratch start from random weights, and 'resnet18.a1_in1k' names others. Leave one of them out.");

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
            "--balanced shows each class equally often and --class-weights balanced counts rare classes more: together they would do it twice. Leave one of them out.");

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

    private CommandLine Sweep(string photos, string backbones, params string[] options) =>
        CommandLine.Run(["sweep", photos, "--backbones", backbones, "--output", folder["sweep"], .. options]);
}
