using Backbones.Tests.Reference;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>
/// Every entry of the catalog. A network is built once for all that is asked of it: its weights cost more than to run it.
/// </summary>
[TestClass]
public sealed class CatalogTests
{
    private readonly TemporaryFolder folder = new();

    public static IEnumerable<object[]> Names => BackboneRegistry.All.Select(spec => new object[] { spec.Name });

    [TestCleanup]
    public void Clean() => folder.Dispose();

    /// <summary>
    /// Files of full width where they are small. Those of larger networks have the nodes of a quarter of the width, below, and hundreds of
    /// megabytes.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void An_entry_gives_what_PyTorch_gives_and_its_file_too(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(BackboneRegistry.Find(name));
        using IDisposable inference = inference_mode();
        AssertReference(backbone);
        if (BackboneCost.Of(backbone.Spec).Parameters < 18_000_000) AssertParity(backbone, size: 64);
    }

    /// <summary>
    /// A sixteenth of the weights and otherwise the same layers. 80 is not a multiple of 32: stages and average pools get odd sizes.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void An_entry_of_a_quarter_of_the_width_trains_and_exports_in_every_way(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        // A quarter of this one's channels do not divide into its groups.
        int planes = name == "resnest50d_4s2x40d" ? 32 : 16;
        using Backbone backbone = WeightRule.Network(BackboneRegistry.Find(name) with { Planes = planes });
        using (inference_mode()) AssertParity(backbone, size: 80);
        AssertFiles(backbone);
        AssertGradients(backbone);
    }

    /// <summary>Where it is not installed, this test is skipped and the one above does without it.</summary>
    [TestMethod]
    [OnnxCheckerInstalled]
    public void The_checker_fails_a_file_that_is_wrong()
    {
        using var backbone = new Backbone(BackboneRegistry.Find("resnet10t") with { Planes = 8 });
        OnnxExporter.Export(backbone, folder["net.onnx"]);
        OnnxChecker.Check(folder["net.onnx"]);
        var model = Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["net.onnx"]));
        model.Graph.Node.First(node => node.OpType == "Relu").OpType = "Rectify";
        File.WriteAllBytes(folder["net.onnx"], Google.Protobuf.MessageExtensions.ToByteArray(model));
        Assert.Throws<AssertFailedException>(() => OnnxChecker.Check(folder["net.onnx"]));
    }

    private static void AssertReference(Backbone backbone)
    {
        // Microsoft's own, which MLNetResNet18Tests compares with its package.
        if (backbone.Spec.Name == "resnet18_mlnet") return;
        foreach ((string size, ReferenceModels.Forward expected) in ReferenceModels.Forwards[backbone.Spec.Name])
        {
            BackboneOutputs<Tensor> outputs = backbone.Run(TorchOperators.Instance, WeightRule.Input(int.Parse(size)));
            CollectionAssert.AreEqual(
                expected.StageShapes.Select(shape => string.Join(',', shape)).ToArray(),
                outputs.Stages.Select(stage => string.Join(',', stage.shape)).ToArray());
            ReferenceModels.AssertRows(expected.Features, outputs.Features);
            ReferenceModels.AssertRows(expected.Logits, backbone.Classify(TorchOperators.Instance, outputs.Features));
        }
    }

    private void AssertParity(Backbone backbone, int size)
    {
        bool logits = backbone.Spec.Classes > 0;
        OnnxExporter.Export(backbone, folder["net.onnx"],
            new OnnxExportOptions { Input = OnnxInput.Tensor, Logits = logits, Stages = true, ImageSize = size });
        using InferenceSession session = OnnxRuntime.Open(folder["net.onnx"]);
        var random = new Generator(1);
        foreach (int batch in new[] { 1, 3 })
        {
            Tensor images = randn(batch, 3, size, size, generator: random);
            Dictionary<string, float[]> outputs = OnnxRuntime.Run(
                session, OnnxContract.TensorInput, images.data<float>().ToArray(), images.shape);
            BackboneOutputs<Tensor> expected = backbone.Run(TorchOperators.Instance, images);
            OnnxRuntime.AssertClose(expected.Features, outputs[OnnxContract.Features]);
            if (logits) OnnxRuntime.AssertClose(
                backbone.Classify(TorchOperators.Instance, expected.Features), outputs[OnnxContract.Logits]);
            foreach ((int i, Tensor stage) in expected.Stages.Index())
                OnnxRuntime.AssertClose(stage.mean([2, 3]), outputs[$"layer{i + 1}"]);
        }
    }

    /// <summary>
    /// A reader and the ONNX project's checker pass the files, and they cost what the network does, or twice that where images are
    /// mirrored. Half precision and mirroring by themselves are for the first network of each kind of block.
    /// </summary>
    private void AssertFiles(Backbone backbone)
    {
        const int size = 64;
        var options = new OnnxExportOptions { Logits = backbone.Spec.Classes > 0, Stages = true, ImageSize = size };
        LayerCost[] network = [.. BackboneCost.Of(backbone.Spec, size).Layers.Where(layer => layer.Kind != "batch norm")];
        foreach ((bool half, bool mirror) in new[] { (false, false), (true, true), (true, false), (false, true) }.Take(FirstOfItsBlock(backbone) ? 4 : 2))
        {
            string path = folder[$"half-{half}-mirror-{mirror}.onnx"];
            OnnxExporter.Export(backbone, path, options with { Precision = half ? OnnxPrecision.Half : OnnxPrecision.Float32, MirrorAverage = mirror });
            OnnxGuard.Read(File.ReadAllBytes(path), path);
            if (OnnxChecker.IsInstalled) OnnxChecker.Check(path);
            CollectionAssert.AreEquivalent(
                network.Select(layer => Text(layer, mirror && layer.Kind != "linear" ? 2 : 1)).ToArray(),
                BackboneCost.OfOnnx(path).Layers.Select(layer => Text(layer)).ToArray(), Path.GetFileName(path));
        }

        static string Text(LayerCost layer, int passes = 1) =>
            $"{layer.Kind} {layer.Output} {layer.Kernel} {layer.Stride} {layer.Groups} {passes * layer.MultiplyAccumulates} " +
            $"{layer.ReceptiveField}";
    }

    private static bool FirstOfItsBlock(Backbone backbone) =>
        BackboneRegistry.All.First(spec => spec.Block.GetType() == backbone.Spec.Block.GetType()).Name == backbone.Spec.Name;

    /// <summary>Each parameter is part of the output.</summary>
    private static void AssertGradients(Backbone backbone)
    {
        backbone.train();
        backbone.call(randn(3, 3, 64, 64, generator: new Generator(1))).square().mean().backward();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in backbone.named_parameters())
        {
            Assert.IsNotNull(parameter.grad, name);
            Assert.IsTrue(parameter.grad.isfinite().all().item<bool>(), $"{name} has a gradient of NaN or infinity");
            Assert.AreNotEqual(0, parameter.grad.count_nonzero().item<long>(), $"{name} has a gradient of zeros");
        }
    }
}
