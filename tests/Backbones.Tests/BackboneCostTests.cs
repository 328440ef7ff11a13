using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;

namespace Backbones.Tests;

[TestClass]
public sealed class BackboneCostTests
{
    private static BackboneCost ResNet50 => BackboneCost.Of(BackboneRegistry.Find("resnet50"));

    [TestMethod]
    public void Layers_have_the_names_shapes_and_receptive_fields_of_the_network()
    {
        LayerCost[] layers = [.. ResNet50.Layers];
        Assert.AreEqual(
            new LayerCost("conv1", "convolution", new(64, 112, 112))
            {
                Kernel = 7,
                Stride = 2,
                Groups = 1,
                Parameters = 9408,
                MultiplyAccumulates = 118_013_952,
                ReceptiveField = 7,
            },
            layers[0]);
        Assert.AreEqual(new LayerCost("", "max pool", new(64, 56, 56)) { Kernel = 3, Stride = 2, ReceptiveField = 11 }, layers[2]);
        Assert.AreEqual("fc", layers[^1].Name);
    }

    /// <summary>
    /// Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks", table 1: 483 for ResNet-50 (v1).
    /// </summary>
    [TestMethod]
    public void The_whole_network_sees_as_far_as_published() =>
        Assert.AreEqual(483, BackboneCost.Of(BackboneRegistry.Find("resnet50a")).Layers[^1].ReceptiveField);

    /// <summary>Every picture goes through twice; normalization and what follows the mean once.</summary>
    [TestMethod]
    public void A_mirrored_file_costs_both_passes()
    {
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(BackboneRegistry.Find("resnest14d") with { Planes = 16, Classes = 5 });
        OnnxExporter.Export(backbone, folder["once.onnx"], new OnnxExportOptions { Logits = true, ImageSize = 64 });
        OnnxExporter.Export(backbone, folder["twice.onnx"], new OnnxExportOptions { Logits = true, ImageSize = 64, MirrorAverage = true });
        BackboneCost once = BackboneCost.OfOnnx(folder["once.onnx"]), twice = BackboneCost.OfOnnx(folder["twice.onnx"]);
        long classifier = backbone.Spec.FeatureWidth * 5;
        Assert.AreEqual(2 * (once.MultiplyAccumulates - classifier) + classifier, twice.MultiplyAccumulates);
        Assert.AreEqual(2 * (once.ActivationBytes - 5 * 4) + 5 * 4, twice.ActivationBytes);
        Assert.AreEqual(once.Parameters, twice.Parameters);
    }

    [TestMethod]
    public void A_damaged_file_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        using (var backbone = new Backbone(BackboneRegistry.Find("resnest14d") with { Planes = 4, Depths = new(1, 1, 1, 1) }))
            OnnxExporter.Export(backbone, folder["x.onnx"], new OnnxExportOptions { ImageSize = 32 });
        byte[] sound = File.ReadAllBytes(folder["x.onnx"]);
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. sound];
            for (int n = 0; n < 1 + i % 8; n++) damaged[random.Next(Math.Min(sound.Length, 8000))] ^= (byte)(1 << random.Next(8));
            refused += Count(damaged);
        }
        Assert.IsGreaterThan(20, refused);

        var model = global::Onnx.ModelProto.Parser.ParseFrom(sound);
        foreach (global::Onnx.NodeProto node in model.Graph.Node)
        {
            foreach (global::Onnx.AttributeProto attribute in node.Attribute)
            {
                foreach (long number in new[] { 0, -1, long.MinValue, long.MaxValue, int.MaxValue })
                {
                    global::Onnx.AttributeProto kept = attribute.Clone();
                    for (int n = 0; n < attribute.Ints.Count; n++) attribute.Ints[n] = number;
                    attribute.I = number;
                    Count(Google.Protobuf.MessageExtensions.ToByteArray(model));
                    attribute.Ints.Clear();
                    attribute.MergeFrom(kept);
                    attribute.I = kept.I;
                }
            }
        }

        int Count(byte[] bytes)
        {
            File.WriteAllBytes(folder["damaged.onnx"], bytes);
            try
            {
                BackboneCost cost = BackboneCost.OfOnnx(folder["damaged.onnx"]);
                Assert.IsGreaterThanOrEqualTo(0, cost.MultiplyAccumulates);
                return 0;
            }
            catch (InvalidDataException e)
            {
                StringAssert.StartsWith(e.Message, $"'{folder["damaged.onnx"]}' ");
                return 1;
            }
        }
    }

    [TestMethod]
    public void A_file_of_somebody_else_is_refused()
    {
        string path = ResNetMLNet.Backbones.Weights.MLNetResNet18.DefaultPath;
        Assert.AreEqual(
            $"'{path}' was not written by ResNetMLNet: it has no 'resnetmlnet.version' metadata.",
            Assert.ThrowsExactly<InvalidDataException>(() => BackboneCost.OfOnnx(path)).Message);
    }

    /// <summary>Whatever is refused before a network runs is refused before its layers are listed.</summary>
    [TestMethod]
    public void Files_that_no_exporter_writes_are_refused_in_visible_characters()
    {
        using var folder = new TemporaryFolder();
        using (var backbone = new Backbone(BackboneRegistry.Find("resnet18") with { Planes = 4, Depths = new(1, 1, 1, 1) }))
            OnnxExporter.Export(backbone, folder["x.onnx"], new OnnxExportOptions { ImageSize = 32 });
        byte[] sound = File.ReadAllBytes(folder["x.onnx"]);

        AssertRefused(@"a name with control characters, 'conv1\u001b[2J'", model => model.Graph.Node[5].Name = "conv1\u001b[2J");
        AssertRefused(@"an operator 'Relu\u202e' of the domain 'evil\u000a', which ResNetMLNet does not write", model =>
            (model.Graph.Node[5].OpType, model.Graph.Node[5].Domain) = ("Relu\u202e", "evil\n"));
        AssertRefused("a constant 'weights\\u202e' whose numbers lie in another file", model => (model.Graph.Initializer[0].Name,
            model.Graph.Initializer[0].DataLocation) = ("weights\u202e", global::Onnx.TensorProto.Types.DataLocation.External));

        void AssertRefused(string flaw, Action<global::Onnx.ModelProto> spoil)
        {
            var model = global::Onnx.ModelProto.Parser.ParseFrom(sound);
            spoil(model);
            File.WriteAllBytes(folder["bad.onnx"], Google.Protobuf.MessageExtensions.ToByteArray(model));
            string message = Assert.ThrowsExactly<InvalidDataException>(() => BackboneCost.OfOnnx(folder["bad.onnx"])).Message;
            Assert.AreEqual($"'{folder["bad.onnx"]}' is not a backbone to run: it has {flaw}. `resnet-mlnet export NAME --output FILE` writes one.", message);
        }
    }
}
