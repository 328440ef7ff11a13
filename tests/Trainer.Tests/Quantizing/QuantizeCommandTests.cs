using System.Text.Json;
using Onnx;
using ResNetMLNet.MLNetPipelines;

namespace Trainer.Tests.Quantizing;

[TestClass]
public sealed class QuantizeCommandTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Quantize_reports_what_it_did_as_JSON_and_summary_reads_the_file()
    {
        string images = SmallNetworks.WritePictures(folder["images"], 48), network = SmallNetworks.Export("plain", folder["float.onnx"]);
        CommandLine quantize = CommandLine.Run("quantize", network, "--calibrate", images, "-o", folder["int8.onnx"], "--json");
        quantize.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(quantize.Output);
        Assert.IsGreaterThan(0.99, json.RootElement.GetProperty("cosine").GetDouble());
        Assert.AreEqual(1, json.RootElement.GetProperty("top1Agreement").GetDouble());
        Assert.AreEqual(1, json.RootElement.GetProperty("accuracyBefore").GetDouble());
        Assert.AreEqual(1, json.RootElement.GetProperty("accuracyAfter").GetDouble());
        Assert.AreEqual(0, json.RootElement.GetProperty("floatLayers").GetArrayLength());
        Assert.AreEqual(new FileInfo(folder["int8.onnx"]).Length, json.RootElement.GetProperty("bytes").GetInt64());

        CommandLine before = CommandLine.Run("summary", network), after = CommandLine.Run("summary", folder["int8.onnx"]);
        after.AssertSucceeded();
        Assert.AreEqual(before.Output, after.Output);
        CommandLine.Run("quantize", network, "--calibrate", images, "-o", folder["int8.zip"])
            .AssertFailed($"'{network}' is quantized to a backbone: name an .onnx file, not '{folder["int8.zip"]}'.");
    }

    [TestMethod]
    public void Training_for_int8_fits_the_head_on_what_is_shipped()
    {
        string images = SmallNetworks.WritePictures(folder["images"], 60), model = folder["model"];
        string[] tiny = ["--backbone", "resnet10t", "--fresh", "--image-size", "32"];
        CommandLine.Run(["train", images, .. tiny, "--precision", "int8", "-o", model]).AssertSucceeded();
        Assert.Contains(property => property is { Key: "resnetmlnet.precision", Value: "int8" },
            SmallNetworks.Read(Path.Combine(model, "backbone.onnx")).MetadataProps);
        CommandLine.Run("evaluate", model, images).AssertSucceeded();
        CommandLine.Run("quantize", model, "--calibrate", images, "-o", folder["again.zip"]).AssertFailed(
            $"'{Path.Combine(model, "model.zip")}' is quantized already, and its weights are rounded. "
            + "Quantize the file that it was made of.");
    }

    [TestMethod]
    public void Export_in_int8_needs_images()
    {
        CommandLine.Run("export", "resnet10t", "--fresh", "--precision", "int8", "-o", folder["x.onnx"]).AssertFailed(
            "--precision int8 needs images of the kind that the network is used on: name a folder of them with --calibrate.");
        string images = SmallNetworks.WritePictures(folder["images"], 48);
        string[] tiny = ["--fresh", "--image-size", "32"];
        CommandLine.Run(["export", "resnet10t", .. tiny, "--precision", "int8", "--calibrate", images, "-o", folder["x.onnx"]])
            .AssertSucceeded();
        Assert.Contains(node => node.OpType == "QuantizeLinear", SmallNetworks.Read(folder["x.onnx"]).Graph.Node);
    }

    [TestMethod]
    public void Layers_are_put_back_to_float_until_the_limit_holds()
    {
        string network = SmallNetworks.Export("basic", folder["float.onnx"]);
        CalibrationImages images = CalibrationImages.FromFolder(SmallNetworks.WritePictures(folder["images"], 48));
        QuantizationReport all = BackboneQuantizer.Quantize(network, images, folder["all.onnx"]);
        Assert.IsEmpty(all.FloatLayers);
        double limit = 1 - (1 - all.Cosine) * 0.9;
        var options = new QuantizationOptions { MinCosine = limit };
        QuantizationReport some = BackboneQuantizer.Quantize(network, images, folder["some.onnx"], options);
        Assert.IsNotEmpty(some.FloatLayers);
        Assert.IsGreaterThanOrEqualTo(limit, some.Cosine);
        StringAssert.StartsWith(some.FloatLayers[0].Reason, "rounding it alone takes ");
        ModelProto written = SmallNetworks.Read(folder["some.onnx"]);
        foreach (FloatOperator layer in some.FloatLayers)
            Assert.Contains(constant => constant.Name == $"{layer.Name}.weight", written.Graph.Initializer, "its weights are as they were");
    }
}
