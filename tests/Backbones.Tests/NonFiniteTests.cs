using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Analysis;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>NaN gets neither into a network nor out of it unsaid.</summary>
[TestClass]
public sealed class NonFiniteTests
{
    [TestMethod]
    [DataRow("resnet18", 1, 32)]
    [DataRow("resnest14d", 1, 64)]
    [DataRow("skresnet18", 1, 64)]
    public void One_value_per_channel_is_refused_in_training_as_PyTorch_does(string name, int images, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Narrow(name));
        foreach (var forward in new[] { new TrainingForward(), new TrainingForward { StochasticDepth = 0.1 } })
        {
            backbone.WhileTraining = forward;
            StringAssert.StartsWith(
                Assert.ThrowsExactly<ArgumentException>(() => backbone.call(rand(images, 3, size, size))).Message,
                "Expected more than one value per channel when training, got input size [1, ");
        }
        AssertFinite(backbone);
        backbone.eval();
        Assert.IsTrue(backbone.call(rand(images, 3, size, size)).isfinite().all().item<bool>());
    }

    [TestMethod]
    public void Two_values_per_channel_train()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Narrow("resnet18"));
        backbone.call(rand(2, 3, 32, 32));
        AssertFinite(backbone);
    }

    /// <summary>A fresh network is in training mode; who looks at its stages or weights does not train it.</summary>
    [TestMethod]
    public void Probing_moves_no_statistics()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Narrow("skresnet18"));
        Dictionary<string, Tensor> before = backbone.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        Tensor images = rand(1, 3, 32, 32);
        IReadOnlyList<Tensor> stages = backbone.Stages(images), weights = BlockAnalysis.AttentionWeights(backbone, images);
        Assert.IsTrue(stages.Concat(weights).All(tensor => tensor.isfinite().all().item<bool>()));
        foreach ((string key, Tensor value) in backbone.state_dict()) Assert.IsTrue(value.equal(before[key]).all().item<bool>(), key);
        Assert.IsTrue(backbone.training);

        backbone.eval();
        Assert.IsTrue(stages[3].allclose(backbone.Stages(images)[3]));
        Assert.IsTrue(stages[3].mean([2, 3]).allclose(backbone.Features(images)), "evaluation gives the same");
    }

    [TestMethod]
    [DataRow("layer1.0.bn1.running_var", double.NaN)]
    [DataRow("layer2.0.conv1.weight", double.PositiveInfinity)]
    public void A_tensor_with_NaN_or_infinity_is_named_at_export_and_at_loading(string name, double value)
    {
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(Narrow("resnet18"));
        using (no_grad()) backbone.state_dict()[name][0] = (float)value;
        Assert.AreEqual(
            $"'{name}' of backbone 'resnet18' has NaN or infinite numbers, so every output would be NaN; nothing was exported. Its " +
            $"training has diverged, or its weights were damaged.",
            Assert.ThrowsExactly<InvalidOperationException>(() => OnnxExporter.Export(backbone, folder["x.onnx"])).Message);
        Assert.IsFalse(File.Exists(folder["x.onnx"]));

        using var sound = new Backbone(Narrow("resnet18"));
        var weights = new WeightSet(backbone.state_dict(), "weights.pth");
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => sound.LoadWeights(weights)).Message, $"{name} has NaN or infinite numbers");
        AssertFinite(sound);
    }

    [TestMethod]
    public void What_half_precision_does_not_hold_is_named()
    {
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(Narrow("resnet18"));
        using (no_grad()) backbone.state_dict()["layer1.0.conv1.weight"][0] = 1e6f;
        StringAssert.StartsWith(
            Assert.ThrowsExactly<InvalidOperationException>(() => OnnxExporter.Export(backbone, folder["x.onnx"],
                new OnnxExportOptions { Precision = OnnxPrecision.Half })).Message,
            "'layer1.0.conv1.weight' has numbers beyond 65504");
    }

    [TestMethod]
    public void A_file_over_2_GB_is_refused_before_it_is_written()
    {
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(BackboneRegistry.Find("resnet18") with { Planes = 512 }, META);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => OnnxExporter.Export(backbone, folder["x.onnx"])).Message,
            "GB of weights, and an ONNX file holds less than 2 GB.");
    }

    private static BackboneSpec Narrow(string name) => BackboneRegistry.Find(name) with { Planes = 16, Classes = 3 };

    private static void AssertFinite(Backbone backbone)
    {
        foreach ((string key, Tensor value) in backbone.state_dict()) Assert.IsTrue(value.isfinite().all().item<bool>(), key);
    }
}
