namespace Trainer.Tests;

/// <summary>A backbone is pretrained, or the user asked for an untrained one: the same for every verb.</summary>
[TestClass]
public sealed class InitialWeightsTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    [DataRow("train --output model")]
    [DataRow("train --tune all --output model")]
    [DataRow("export --output net.onnx")]
    [DataRow("similar")]
    [DataRow("duplicates")]
    [DataRow("sweep --output sweep")]
    public void Without_a_network_and_weights_nothing_is_made_of_random_ones(string verb)
    {
        CommandLine result = Run(verb.Split(' '), "resnet10t");
        Assert.AreEqual(1, result.ExitCode, result.Errors);
        StringAssert.Contains(result.Errors, "'resnet10t.c3_in1k' is not in the cache");
        StringAssert.Contains(result.Errors, "They are the best public weights of 'resnet10t'; pass others, such as a file, or InitialWeights.Fresh. On the command line: --weights, --fresh.");
        Assert.IsFalse(File.Exists(folder["net.onnx"]) || File.Exists(folder["model/model.zip"]));
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("similar")]
    [DataRow("duplicates")]
    public void Weights_and_fresh_ones_do_not_go_together(string verb) => Run([verb], "resnet10t", "--weights", "a.pth", "--fresh")
        .AssertFailed("--fresh starts from random weights, and --weights from those of 'a.pth'. Leave one of them out.");

    [TestMethod]
    public void Scratch_takes_no_weights() => Run(["train"], "resnet10t", "--weights", "a.pth", "--tune", "scratch")
        .AssertFailed("--tune scratch starts from random weights, and --weights from those of 'a.pth'. Leave --weights out, or use --tune all.");

    [TestMethod]
    public void A_frozen_random_backbone_is_said_wherever_the_figures_are()
    {
        CommandLine train = Run(["train", "--output", "model"], "resnet10t", "--fresh");
        train.AssertSucceeded();
        StringAssert.Contains(train.Errors, "warning: The backbone has random weights");
        const string warning = "The backbone has random weights and was not trained: its features say little about an image";
        StringAssert.Contains(File.ReadAllText(folder["model/report.html"]), $"<p class=\"warning\" role=\"alert\">{warning}");
        StringAssert.Contains(File.ReadAllText(folder["model/report.html"]), "--backbone resnet10t --fresh");
        StringAssert.Contains(File.ReadAllText(folder["model/MODEL_CARD.md"]), $"> **Warning**: {warning}");
    }

    private CommandLine Run(string[] verb, string backbone, params string[] options)
    {
        string photos = folder.Photos("photos", 4, "daisy", "roses");
        string[] what = verb[0] switch
        {
            "export" => [backbone],
            "similar" => [Directory.EnumerateFiles(Path.Combine(photos, "roses")).First(), photos, "--backbone", backbone],
            "sweep" => [photos, "--backbones", backbone],
            _ => [photos, "--backbone", backbone],
        };
        string[] given = [.. verb[1..].Select((option, i) => verb[i] == "--output" ? folder[option] : option)];
        return CommandLine.Run([verb[0], .. what, .. given, .. options]);
    }
}
