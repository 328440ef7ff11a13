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

    /// <summary>Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks", table 1: 483 for ResNet-50 (v1).</summary>
    [TestMethod]
    public void The_whole_network_sees_as_far_as_published() => Assert.AreEqual(483, BackboneCost.Of(BackboneRegistry.Find("resnet50a")).Layers[^1].ReceptiveField);

    [TestMethod]
    [DataRow("resnet50")]
    [DataRow("resnest50d_4s2x40d")]
    [DataRow("res2net50d")]
    [DataRow("skresnet18")]
    [DataRow("seresnext26d_32x4d")]
    public void An_exported_file_costs_what_the_network_does_less_its_batch_norms(string name)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.onnx");
        using (var backbone = new Backbone(BackboneRegistry.Find(name) with { Planes = 32 }))
            OnnxExporter.Export(backbone, path, new OnnxExportOptions { Logits = true, ImageSize = 96 });
        BackboneCost network = BackboneCost.Of(BackboneRegistry.Find(name) with { Planes = 32 }, 96), file = BackboneCost.OfOnnx(path);
        File.Delete(path);

        Assert.AreEqual(network.MultiplyAccumulates, file.MultiplyAccumulates);
        string[] kept = [.. network.Layers.Where(layer => layer.Kind != "batch norm").Select(Text).Order()];
        CollectionAssert.AreEqual(kept, file.Layers.Select(Text).Order().ToArray());

        static string Text(LayerCost layer) => $"{layer.Kind} {layer.Output} {layer.Kernel} {layer.Stride} {layer.Groups} {layer.MultiplyAccumulates} {layer.ReceptiveField}";
    }

    [TestMethod]
    public void A_file_of_somebody_else_is_refused()
    {
        string path = ResNetMLNet.Backbones.Weights.MLNetResNet18.DefaultPath;
        Assert.AreEqual(
            $"'{path}' was not written by ResNetMLNet: it has no 'resnetmlnet.version' metadata.",
            Assert.ThrowsExactly<InvalidDataException>(() => BackboneCost.OfOnnx(path)).Message);
    }
}
