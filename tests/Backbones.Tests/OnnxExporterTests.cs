using Backbones.Tests.Reference;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>An exported file against the network that it was made from, run by ONNX Runtime.</summary>
[TestClass]
public sealed class OnnxExporterTests
{
    private static readonly BackboneSpec Small = new()
    {
        Name = "small",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 8,
        Classes = 5,
        Stem = Stem.Deep(8)
    };
    private readonly string folder = Directory.CreateTempSubdirectory("onnx-tests").FullName;

    private string Onnx => Path.Combine(folder, "network.onnx");

    /// <summary>Whatever a test exported, a reader lets it through.</summary>
    [TestCleanup]
    public void CheckAndDelete()
    {
        try
        {
            if (File.Exists(Onnx)) OnnxGuard.Read(File.ReadAllBytes(Onnx), "network.onnx");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void Pixels_are_normalized_inside_the_file()
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(Small);
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Logits = true, ImageSize = 64 });
        byte[] pixels = new byte[2 * 64 * 64 * 3];
        new Random(1).NextBytes(pixels);

        using var session = OnnxRuntime.Open(Onnx);
        Dictionary<string, float[]> outputs = OnnxRuntime.Run(session, OnnxContract.PixelsInput, pixels, [2, 64, 64, 3]);

        InputSpec input = Small.Input;
        Tensor images = tensor(pixels, [2, 64, 64, 3]).to(float32) / 255;
        images = (images - tensor(new[] { (float)input.Mean.R, (float)input.Mean.G, (float)input.Mean.B }))
            / tensor(new[] { (float)input.Std.R, (float)input.Std.G, (float)input.Std.B });
        OnnxRuntime.AssertClose(backbone.call(images.permute(0, 3, 1, 2).contiguous()), outputs[OnnxContract.Logits]);
    }

    /// <summary>Half precision has 11 bits: about 1e-3 of the largest value in a network of some twenty layers.</summary>
    [TestMethod]
    [DataRow("resnet18")]
    [DataRow("seresnet18")]
    [DataRow("skresnet18")]
    [DataRow("resnest14d")]
    public void Half_precision_gives_nearly_the_same_from_half_the_bytes(string name)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(BackboneRegistry.Find(name) with { Planes = 32 });
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Input = OnnxInput.Tensor, ImageSize = 64 });
        long bytes = new FileInfo(Onnx).Length;
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Input = OnnxInput.Tensor, ImageSize = 64, Precision = OnnxPrecision.Half });
        Assert.AreEqual(0.5, (double)new FileInfo(Onnx).Length / bytes, 0.01);
        Tensor images = randn(2, 3, 64, 64, generator: new Generator(3));

        using var session = OnnxRuntime.Open(Onnx);
        float[] half = OnnxRuntime.Run(session, OnnxContract.TensorInput, images.data<float>().ToArray(),
            [2, 3, 64, 64])[OnnxContract.Features];

        float[] full = [.. backbone.Features(images).data<float>()];
        float largest = full.Max(Math.Abs);
        Assert.IsGreaterThan(0f, largest);
        for (int i = 0; i < full.Length; i++) Assert.AreEqual(full[i], half[i], 0.01f * largest, $"feature {i}");
    }

    [TestMethod]
    public void Features_are_averaged_with_those_of_the_mirror_image()
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(Small);
        OnnxExporter.Export(
            backbone, Onnx, new OnnxExportOptions { Input = OnnxInput.Tensor, Logits = true, ImageSize = 64, MirrorAverage = true });
        Tensor images = randn(2, 3, 64, 64, generator: new Generator(3));

        using var session = OnnxRuntime.Open(Onnx);
        Dictionary<string, float[]> outputs = OnnxRuntime.Run(
            session, OnnxContract.TensorInput, images.data<float>().ToArray(), [2, 3, 64, 64]);

        OnnxRuntime.AssertClose((backbone.Features(images) + backbone.Features(images.flip(3))) / 2, outputs[OnnxContract.Features]);
        OnnxRuntime.AssertClose((backbone.call(images) + backbone.call(images.flip(3))) / 2, outputs[OnnxContract.Logits]);
    }

    [TestMethod]
    public void Metadata_says_what_a_reader_needs()
    {
        using var backbone = new Backbone(Small);
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Logits = true, Labels = ["a", "b,c", "d", "e", "f"] });

        using var session = OnnxRuntime.Open(Onnx);
        Dictionary<string, string> metadata = session.ModelMetadata.CustomMetadataMap;
        CollectionAssert.AreEquivalent(
            new Dictionary<string, string>
            {
                ["resnetmlnet.version"] = "1",
                ["resnetmlnet.architecture"] = "small",
                ["resnetmlnet.image_size"] = "224",
                ["resnetmlnet.crop_fraction"] = "0.875",
                ["resnetmlnet.interpolation"] = "bilinear",
                ["resnetmlnet.mean"] = "0.485,0.456,0.406",
                ["resnetmlnet.std"] = "0.229,0.224,0.225",
                ["resnetmlnet.weights"] = "fresh",
                ["resnetmlnet.precision"] = "float32",
                ["resnetmlnet.labels"] = """["a","b,c","d","e","f"]""",
            },
            metadata);
    }

    [TestMethod]
    public void A_file_whose_images_are_not_cropped_needs_a_reader_that_knows_it()
    {
        using var backbone = new Backbone(Small);
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Resizing = Resizing.Squash });

        using var session = OnnxRuntime.Open(Onnx);
        Assert.AreEqual("2", session.ModelMetadata.CustomMetadataMap["resnetmlnet.version"]);
        Assert.AreEqual("squash", session.ModelMetadata.CustomMetadataMap["resnetmlnet.resizing"]);
    }

    [TestMethod]
    public void Only_the_outputs_asked_for_are_in_the_file()
    {
        using var backbone = new Backbone(Small);
        OnnxExporter.Export(backbone, Onnx);
        using (var session = OnnxRuntime.Open(Onnx)) CollectionAssert.AreEqual(new[] { "features" }, session.OutputNames.ToArray());
        long features = new FileInfo(Onnx).Length;
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Logits = true });
        // the classifier's floats
        Assert.IsGreaterThanOrEqualTo(4L * Small.FeatureWidth * Small.Classes, new FileInfo(Onnx).Length - features);
    }

    [TestMethod]
    public void A_file_of_stages_alone_has_nothing_else()
    {
        using var backbone = new Backbone(Small);
        OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Features = false, Stages = true });
        using var session = OnnxRuntime.Open(Onnx);
        CollectionAssert.AreEqual(new[] { "layer1", "layer2", "layer3", "layer4" }, session.OutputNames.ToArray());
    }

    [TestMethod]
    public void A_file_of_nothing_is_refused()
    {
        using var backbone = new Backbone(Small);
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Features = false }));
        Assert.AreEqual("Nothing comes out: ask for features, logits or stages.", error.Message);
    }

    [TestMethod]
    public void Logits_of_a_network_without_classifier_are_refused()
    {
        using var backbone = new Backbone(Small with { Classes = 0 });
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => OnnxExporter.Export(backbone, Onnx, new OnnxExportOptions { Logits = true }));
        Assert.AreEqual("Backbone 'small' has no classifier, so no logits; ask for its features.", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder));
    }

    [TestMethod]
    public void A_file_that_cannot_be_written_leaves_nothing_behind()
    {
        using var backbone = new Backbone(Small);
        Directory.CreateDirectory(Onnx);
        Assert.Throws<IOException>(() => OnnxExporter.Export(backbone, Onnx));
        Assert.IsEmpty(Directory.GetFiles(folder));
    }
}
