using System.IO.Compression;
using Backbones.Tests.Reference;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>The product's own files as weights: an exported network, alone or in a model of ML.NET, whose batch norms are folded.</summary>
[TestClass]
public sealed class ExportedWeightsTests
{
    private static readonly BackboneSpec Tiny = TinyNetwork.Spec with
    {
        Input = new InputSpec
        {
            ImageSize = 64,
            CropFraction = 0.9,
            Resizing = Resizing.Letterbox,
            Interpolation = Interpolation.Bicubic,
            Mean = new(0.5, 0.4, 0.3)
        }
    };

    /// <summary>Every kind of block: where each batch norm is belongs to its dataflow.</summary>
    public static IEnumerable<object[]> Specs =>
    [
        [Tiny],
        [Tiny with { Name = "bottleneck", Block = new Bottleneck { Attention = new SqueezeExcite() }, Stem = Stem.Plain,
            Shortcut = Shortcut.Convolution }],
        [Tiny with { Name = "res2net", Block = new Res2Net { BaseWidth = 26, Scale = 4 } }],
        [Tiny with { Name = "resnest", Block = new ResNeSt() }],
        [Tiny with { Name = "sk", Block = new SelectiveKernelBottleneck(), Planes = 16 }],
    ];

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void An_exported_network_gives_the_same_features_and_logits(BackboneSpec spec)
    {
        using var folder = new TemporaryFolder();
        using Backbone exported = Ruled(spec), loaded = new(spec);
        OnnxExporter.Export(exported, folder["backbone.onnx"], new OnnxExportOptions { ImageSize = 64, Logits = true });
        using (WeightSet weights = WeightsFile.Load(folder["backbone.onnx"]))
        {
            Assert.AreEqual(spec.Input, weights.Input);
            loaded.LoadWeights(weights);
        }
        AssertSame(exported, loaded, 1e-5);

        // Exported again, nothing is folded a second time.
        OnnxExporter.Export(loaded, folder["again.onnx"], new OnnxExportOptions { ImageSize = 64, Logits = true });
        using WeightSet first = WeightsFile.Load(folder["backbone.onnx"]), again = WeightsFile.Load(folder["again.onnx"]);
        foreach ((string name, Tensor tensor) in first.Tensors) Assert.IsTrue(tensor.Equals(again.Tensors[name]), name);
    }

    [TestMethod]
    public void Half_precision_gives_features_of_rounded_weights()
    {
        using var folder = new TemporaryFolder();
        using Backbone exported = Ruled(Tiny), loaded = new(Tiny);
        OnnxExporter.Export(exported, folder["half.onnx"], new OnnxExportOptions { ImageSize = 64, Precision = OnnxPrecision.Half, Logits = true });
        using (WeightSet weights = WeightsFile.Load(folder["half.onnx"])) loaded.LoadWeights(weights);
        AssertSame(exported, loaded, 0.02);
    }

    /// <summary>A file of features has no classifier: a network with one says so, or gets a fresh one.</summary>
    [TestMethod]
    public void A_file_without_classifier_fits_a_network_without_one()
    {
        using var folder = new TemporaryFolder();
        using Backbone exported = Ruled(Tiny), loaded = new(Tiny with { Classes = 0 }), classifier = new(Tiny with { Classes = 3 });
        OnnxExporter.Export(exported, folder["backbone.onnx"], new OnnxExportOptions { ImageSize = 64 });
        using WeightSet weights = WeightsFile.Load(folder["backbone.onnx"]);
        loaded.LoadWeights(weights);
        using Tensor images = WeightRule.Input(64), expected = Features(exported, images), features = Features(loaded, images);
        Assert.IsTrue(features.allclose(expected, 1e-4, 1e-5));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => classifier.LoadWeights(weights)).Message,
            "fc.weight is missing; fc.bias is missing.");
        Assert.AreEqual("a fresh classifier of 3 classes",
            classifier.LoadWeights(weights, new WeightLoadingOptions { ReplaceClassifier = true }).Classifier);
    }

    /// <summary>As ML.NET lays the network down: its length, then its bytes, compressed.</summary>
    [TestMethod]
    [DataRow("TransformerChain/Transform_001/OnnxModel")]
    [DataRow(@"TransformerChain\Transform_001\OnnxModel")]
    public void A_model_of_MLNet_has_the_network_in_it(string entry)
    {
        using var folder = new TemporaryFolder();
        using Backbone exported = Ruled(Tiny), loaded = new(Tiny);
        OnnxExporter.Export(exported, folder["backbone.onnx"], new OnnxExportOptions { ImageSize = 64, Logits = true });
        byte[] network = File.ReadAllBytes(folder["backbone.onnx"]);
        byte[] model = PickleBuilder.Zip(
            CompressionLevel.Optimal, ("TransformerChain/Model.key", [1]), (entry, [.. BitConverter.GetBytes(network.Length), .. network]));
        using (WeightSet weights = PickleBuilder.Load(model)) loaded.LoadWeights(weights);
        AssertSame(exported, loaded, 1e-5);
    }

    [TestMethod]
    public void An_exported_network_of_the_catalog_is_written_as_a_state_dict()
    {
        using var folder = new TemporaryFolder();
        using var exported = new Backbone(BackboneRegistry.Find("resnet10t") with { Classes = 2 });
        OnnxExporter.Export(exported, folder["backbone.onnx"], new OnnxExportOptions { ImageSize = 64, Logits = true });
        using (WeightSet weights = WeightsFile.Load(folder["backbone.onnx"])) WeightsFile.Save(weights, folder["out.safetensors"]);
        using WeightSet written = WeightsFile.Load(folder["out.safetensors"]);
        using var loaded = new Backbone(exported.Spec);
        loaded.LoadWeights(written);
        AssertSame(exported, loaded, 1e-4);
        using Backbone created = BackboneRegistry.Create("resnet10t", folder["backbone.onnx"], classes: 2);
        AssertSame(exported, created, 1e-4);
    }

    [TestMethod]
    public void An_exported_network_that_the_catalog_lacks_is_not_written()
    {
        using var folder = new TemporaryFolder();
        using Backbone exported = Ruled(Tiny);
        OnnxExporter.Export(exported, folder["backbone.onnx"], new OnnxExportOptions { ImageSize = 64 });
        using WeightSet weights = WeightsFile.Load(folder["backbone.onnx"]);
        Assert.AreEqual(
            $"{folder["backbone.onnx"]} is an exported file of 'tiny', which the catalog lacks, and its batch norms are folded: " +
            "load it into a Backbone of that spec, and save that one's weights.",
            Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Save(weights, folder["out.safetensors"])).Message);
        Assert.IsFalse(File.Exists(folder["out.safetensors"]));
    }

    [TestMethod]
    public void Another_exporters_file_and_a_quantized_one_are_told_apart()
    {
        var graph = new OnnxGraph("tiny");
        graph.Constant("onnx::Conv_193", [1, 2, 3], 3);
        StringAssert.Contains(Refusal(graph, []), "it has no initializer 'Parameter91'");
        graph.Constant("conv1.weight_scale", [1, 2, 3], 3);
        StringAssert.Contains(Refusal(graph, [new(OnnxContract.Keys.Version, "1")]),
            "it is quantized, and its weights are rounded; use the file that it was quantized from");
    }

    private static string Refusal(OnnxGraph graph, KeyValuePair<string, string>[] metadata)
    {
        byte[] file = Google.Protobuf.MessageExtensions.ToByteArray(graph.ToModel(metadata));
        return Assert.ThrowsExactly<InvalidDataException>(() => PickleBuilder.Load(file)).Message;
    }

    private static Backbone Ruled(BackboneSpec spec)
    {
        var network = new Backbone(spec);
        WeightRule.Apply(network);
        return network;
    }

    private static Tensor Features(Backbone network, Tensor images)
    {
        network.eval();
        using IDisposable noGradient = no_grad();
        return network.Features(images);
    }

    private static void AssertSame(Backbone expected, Backbone actual, double tolerance)
    {
        float[] logits = TinyNetwork.Logits(expected);
        TinyNetwork.AssertLogits(
            [.. logits.Select(logit => (double)logit)], TinyNetwork.Logits(actual), tolerance * Math.Max(1, logits.Max(Math.Abs)));
    }
}
