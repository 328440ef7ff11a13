using Backbones.Tests.Reference;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>Images of CIFAR's size and below, through stems that keep it; and what is too small for any.</summary>
[TestClass]
public sealed class SmallImagesTests
{
    private static readonly BackboneSpec Cifar = new()
    {
        Name = "cifar",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 8,
        Classes = 10,
        Stem = Stem.Small(8),
        Input = new() { ImageSize = 32, CropFraction = 1 },
    };

    public static IEnumerable<(BackboneSpec, int)> SpecsAndSizes =>
        from spec in new[]
        {
            Cifar,
            Cifar with { Stem = Stem.SmallDeep(4), Shortcut = Shortcut.AveragePool },
            Cifar with { Block = new ResNeSt(), Stem = Stem.SmallDeep(4), Shortcut = Shortcut.AveragePool },
            Cifar with { Block = new Res2Net { BaseWidth = 26, Scale = 4 } },
            Cifar with { Block = new SelectiveKernelBasic() },
        }
        from size in new[] { 32, 28, 8 }
        select (spec, size);

    /// <summary>Forward, cost and file agree: 28 pixels (MNIST's) give stages of odd sizes, and 8 leave a single position.</summary>
    [TestMethod]
    [DynamicData(nameof(SpecsAndSizes))]
    public void A_stem_that_keeps_the_size_takes_small_images(BackboneSpec spec, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(spec);
        WeightRule.Apply(backbone);
        backbone.eval();
        Tensor images = randn(2, 3, size, size, generator: new Generator(1)), features = backbone.Features(images);
        Assert.AreEqual(8, spec.OutputStride);
        int last = (size + 7) / 8;
        CollectionAssert.AreEqual(new long[] { 2, spec.FeatureWidth, last, last }, backbone.Stages(images)[3].shape);
        Assert.AreEqual(new FeatureMap(spec.FeatureWidth, last, last), BackboneCost.Of(spec, size).Stages[3]);

        OnnxExporter.Export(backbone, folder["net.onnx"], new OnnxExportOptions { Input = OnnxInput.Tensor, ImageSize = size });
        Assert.AreEqual(BackboneCost.Of(spec with { Classes = 0 }, size).MultiplyAccumulates,
            BackboneCost.OfOnnx(folder["net.onnx"]).MultiplyAccumulates);
        using var session = new InferenceSession(folder["net.onnx"]);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(images.data<float>().ToArray(), images.shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(
            options, [OnnxContract.TensorInput], [input], [OnnxContract.Features]);
        using Tensor exported = tensor(outputs[0].GetTensorDataAsSpan<float>().ToArray(), features.shape);
        Assert.IsTrue(features.allclose(exported, rtol: 1e-4, atol: 1e-5));
    }

    /// <summary>The file of such a network is of its own size, and pixels go in.</summary>
    [TestMethod]
    public void The_size_of_the_spec_is_that_of_the_file()
    {
        using var folder = new TemporaryFolder();
        using var backbone = new Backbone(Cifar);
        OnnxExporter.Export(backbone, folder["net.onnx"]);
        using var session = new InferenceSession(folder["net.onnx"]);
        CollectionAssert.AreEqual(new[] { -1, 32, 32, 3 }, session.InputMetadata[OnnxContract.PixelsInput].Dimensions);
        Assert.AreEqual("32", session.ModelMetadata.CustomMetadataMap["resnetmlnet.image_size"]);
    }

    [TestMethod]
    [DataRow(false, 31, "divide it by 32. Use at least 32 pixels, or a stem for small images such as Stem.Small(64).")]
    [DataRow(true, 7, "divide it by 8. Use at least 8 pixels.")]
    public void Smaller_images_are_refused_everywhere_in_the_same_words(bool small, int size, string advice)
    {
        using var folder = new TemporaryFolder();
        BackboneSpec spec = small ? Cifar : Cifar with { Stem = Stem.Plain };
        using var backbone = new Backbone(spec);
        using Tensor images = zeros(1, 3, size, 64);
        Action[] uses =
        [
            () => backbone.call(images),
            () => backbone.Features(images),
            () => backbone.Stages(images),
            () => BackboneCost.Of(spec, size),
            () => OnnxExporter.Export(backbone, folder["net.onnx"], new OnnxExportOptions { ImageSize = size }),
            () => new Backbone(spec with { Input = spec.Input with { ImageSize = size } }).Dispose(),
        ];
        foreach (Action use in uses)
        {
            Assert.AreEqual(
                $"An image size of {size} pixels is too small for backbone 'cifar', whose stem and stages {advice}",
                Assert.ThrowsExactly<ArgumentException>(use).Message);
        }
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Another_shape_is_refused_before_torch_sees_it()
    {
        using var backbone = new Backbone(Cifar);
        using Tensor pixels = zeros(1, 32, 32, 3);
        Assert.AreEqual(
            "Backbone 'cifar' takes images of shape [N, 3, H, W], not [1, 32, 32, 3].",
            Assert.ThrowsExactly<ArgumentException>(() => backbone.call(pixels)).Message);
    }
}
