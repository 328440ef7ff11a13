using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>What a network costs for one picture, layer by layer, counted over shapes: no tensor is allocated.</summary>
public sealed record BackboneCost
{
    private const int BytesOfFloat = 4;

    /// <summary>The layers in the order in which they run: convolutions, batch norms, poolings, the classifier.</summary>
    public required IReadOnlyList<LayerCost> Layers { get; init; }

    /// <summary>What the stages layer1 to layer4 give; empty where the layers were read from a file.</summary>
    public IReadOnlyList<FeatureMap> Stages { get; init; } = [];

    /// <summary>Trained numbers: convolutions, batch norms' scales and shifts, the classifier.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiply-accumulates of all convolutions and the classifier.</summary>
    public long MultiplyAccumulates => Layers.Sum(layer => layer.MultiplyAccumulates);

    /// <summary>Bytes of what all layers give, as float32: about what training keeps for a picture.</summary>
    public long ActivationBytes =>
        Layers.Sum(layer => (long)layer.Output.Channels * layer.Output.Height * layer.Output.Width * layer.Images) * BytesOfFloat;

    /// <summary>Counts a network.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="imageSize">Height and width of the picture, in pixels, at least <see cref="BackboneSpec.OutputStride"/>.</param>
    /// <exception cref="ArgumentException">The spec makes no sense, or the image is too small for it.</exception>
    public static BackboneCost Of(BackboneSpec spec, int imageSize = 224)
    {
        SpecRules.CheckImageSize(spec, imageSize);
        using var backbone = new Backbone(spec, META);
        var operators = new CostOperators(backbone);
        BackboneOutputs<CostValue> outputs = backbone.Run(operators, CostValue.Picture(3, imageSize, imageSize));
        if (spec.Classes > 0) backbone.Classify(operators, outputs.Features);
        return new BackboneCost { Layers = operators.Counter.Layers, Stages = [.. outputs.Stages.Select(stage => stage.Shape)] };
    }

    /// <summary>
    /// Counts the network of a file that <see cref="OnnxExporter"/> wrote. Batch norms are folded into convolutions there.
    /// </summary>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or was not written by the exporter.</exception>
    public static BackboneCost OfOnnx(string path) => new() { Layers = OnnxCost.Count(path) };
}

/// <summary>What one layer costs for one picture.</summary>
/// <param name="Name">PyTorch's name; empty for a pooling.</param>
/// <param name="Kind"><c>convolution</c>, <c>batch norm</c>, <c>max pool</c>, <c>average pool</c> or <c>linear</c>.</param>
/// <param name="Output">What it gives.</param>
public sealed record LayerCost(string Name, string Kind, FeatureMap Output)
{
    /// <summary>Height and width of the kernel in pixels; 0 where there is none.</summary>
    public int Kernel { get; init; }

    /// <summary>Pixels between two windows; 0 where there are none.</summary>
    public int Stride { get; init; }

    /// <summary>Groups of a convolution; 0 elsewhere.</summary>
    public int Groups { get; init; }

    /// <summary>Trained numbers.</summary>
    public long Parameters { get; init; }

    /// <summary>Images that go through the layer for one picture: 2 in a file that averages over a picture and its mirror image.</summary>
    public int Images { get; init; } = 1;

    /// <summary>Multiply-accumulates, of all <see cref="Images"/>.</summary>
    public long MultiplyAccumulates { get; init; }

    /// <summary>
    /// Width, in pixels of the picture, that one position of the output sees; attention's means over the whole picture apart.
    /// </summary>
    public int ReceptiveField { get; init; }
}

/// <summary>The shape of what flows through a network for one picture: channels, height and width.</summary>
public readonly record struct FeatureMap(int Channels, int Height, int Width)
{
    internal FeatureMap Pooled(Pooling pool) => this with { Height = pool.OutputSize(Height), Width = pool.OutputSize(Width) };
}
