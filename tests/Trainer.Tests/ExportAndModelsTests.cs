using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.Backbones;

namespace Trainer.Tests;

[TestClass]
public sealed class ExportAndModelsTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Models_lists_the_catalog_as_JSON()
    {
        CommandLine models = CommandLine.Run("models", "--json");
        models.AssertSucceeded();
        Assert.AreEqual("", models.Errors);
        using JsonDocument json = JsonDocument.Parse(models.Output);
        JsonElement resnet50 = json.RootElement.EnumerateArray().Single(model => model.GetProperty("name").GetString() == "resnet50");
        // He et al. 2015: 25.6 M parameters; torchvision: 4.09 G multiply-accumulates.
        Assert.AreEqual(25_557_032, resnet50.GetProperty("parameters").GetInt64());
        Assert.AreEqual(4_089_184_256, resnet50.GetProperty("macs").GetInt64());
        Assert.AreEqual(2048, resnet50.GetProperty("features").GetInt32());
    }

    [TestMethod]
    public void Models_is_a_table_for_people()
    {
        CommandLine models = CommandLine.Run("models");
        StringAssert.Matches(models.Output, new(@"resnet18_mlnet\s+│\s+15\.9 M │\s+2\.04 G │\s+512 │ ImageNet, Microsoft\.ML\.DnnImageFeaturizer\.ResNet18"));
    }

    [TestMethod]
    public void Export_says_whose_weights_it_wrote()
    {
        CommandLine export = CommandLine.Run("export", "resnet10t", "--fresh", "--output", folder["a/resnet10t.onnx"]);
        export.AssertSucceeded();
        Assert.AreEqual(
            "warning: The backbone has random weights: its features say little about an image. Without --fresh it gets the best public weights.\n" +
            $"Wrote {folder["a/resnet10t.onnx"]} (19.7 MB): resnet10t, weights: fresh.", export.Errors.TrimEnd());
    }

    [TestMethod]
    public void Export_takes_and_gives_what_was_asked_for()
    {
        CommandLine.Run("export", "resnet10t", "--fresh", "-o", folder["net.onnx"], "--input", "tensor", "--outputs", "features,logits", "--stages", "--image-size", "96").AssertSucceeded();
        using var session = new InferenceSession(folder["net.onnx"]);
        CollectionAssert.AreEqual(new[] { -1, 3, 96, 96 }, session.InputMetadata["input"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 512 }, session.OutputMetadata["features"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 1000 }, session.OutputMetadata["logits"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 64 }, session.OutputMetadata["layer1"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 512 }, session.OutputMetadata["layer4"].Dimensions);
    }

    [TestMethod]
    public void Export_names_an_output_that_is_none() =>
        CommandLine.Run("export", "resnet10t", "-o", folder["net.onnx"], "--outputs", "probabilities")
            .AssertFailed("'probabilities' is not an output. Use `--outputs features`, `logits` or `features,logits`.");

    [TestMethod]
    public void Models_says_which_weights_there_are()
    {
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("models", "--json").Output);
        string[] weights = [.. json.RootElement.EnumerateArray().Single(model => model.GetProperty("name").GetString() == "resnet50d")
            .GetProperty("weights").EnumerateArray().Select(name => name.GetString()!)];
        CollectionAssert.Contains(weights, "resnet50d.ra2_in1k");
        // The one that is taken where none is named comes first.
        Assert.AreEqual(InitialWeights.Best.FindPretrained(BackboneRegistry.Find("resnet50d"))!.Name, weights[0]);
    }

    [TestMethod]
    public void Summary_adds_up_to_what_models_says()
    {
        CommandLine summary = CommandLine.Run("summary", "resnet50", "--json");
        summary.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(summary.Output);
        Assert.AreEqual(25_557_032, json.RootElement.GetProperty("parameters").GetInt64());
        Assert.AreEqual(4_089_184_256, json.RootElement.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("macs").GetInt64()));
    }

    [TestMethod]
    public void Summary_reads_an_exported_file()
    {
        CommandLine.Run("export", "resnet10t", "--fresh", "-o", folder["net.onnx"], "--image-size", "64").AssertSucceeded();
        CommandLine summary = CommandLine.Run("summary", folder["net.onnx"]);
        summary.AssertSucceeded();
        StringAssert.Matches(summary.Output, new(@"layer1\.0\.conv1\s+│ convolution\s+│\s+64 x 16 x 16 │"));
    }

    [TestMethod]
    public void Every_verb_has_help()
    {
        foreach (string verb in new[] { "check", "train", "predict", "evaluate", "export", "quantize", "models", "summary", "weights", "convert", "similar", "duplicates", "explain", "compare", "sweep" })
        {
            CommandLine help = CommandLine.Run(verb, "--help");
            help.AssertSucceeded();
            StringAssert.Matches(help.Output, new($@"Usage:\s+\S+ {verb} "));
        }
    }
}
