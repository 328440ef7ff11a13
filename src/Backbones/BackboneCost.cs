using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>What a network costs for one picture, counted over shapes: no tensor is allocated.</summary>
public sealed record BackboneCost
{
    /// <summary>Trained numbers: convolutions, batch norms' scales and shifts, the classifier.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of all convolutions and the classifier.</summary>
    public required long MultiplyAccumulates { get; init; }

    /// <summary>What the stages layer1 to layer4 give.</summary>
    public required IReadOnlyList<FeatureMap> Stages { get; init; }

    /// <summary>Counts a network.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="imageSize">Height and width of the picture, in pixels.</param>
    public static BackboneCost Of(BackboneSpec spec, int imageSize = 224)
    {
        using var backbone = new Backbone(spec, META);
        var counter = new CostOperators();
        BackboneOutputs<FeatureMap> outputs = backbone.Run(counter, new FeatureMap(3, imageSize, imageSize));
        if (spec.Classes > 0) backbone.Classify(counter, outputs.Features);
        return new BackboneCost
        {
            Parameters = backbone.parameters().Sum(parameter => parameter.numel()),
            MultiplyAccumulates = counter.MultiplyAccumulates,
            Stages = outputs.Stages,
        };
    }
}

/// <summary>The shape of what flows through a network for one picture: channels, height and width.</summary>
public readonly record struct FeatureMap(int Channels, int Height, int Width)
{
    internal FeatureMap Pooled(Pooling pool) => this with { Height = pool.OutputSize(Height), Width = pool.OutputSize(Width) };
}
