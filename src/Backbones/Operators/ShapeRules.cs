using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Follows the shapes through a network and refuses what does not fit, in words, where torch would end in a native error: T is a shape.
/// </summary>
/// <param name="name">The network.</param>
internal sealed class ShapeRules(string name) : IOperators<FeatureMap>
{
    public FeatureMap Conv(FeatureMap x, Conv2d conv)
    {
        Require(x.Channels == conv.in_channels, $"a convolution of {conv.in_channels} channels that gets {x.Channels}");
        return ConvolutionGeometry.Of(conv).Output(x);
    }

    public FeatureMap BatchNorm(FeatureMap x, BatchNorm2d norm)
    {
        Require(x.Channels == norm.num_features, $"a batch norm of {norm.num_features} channels that gets {x.Channels}");
        return x;
    }

    public FeatureMap Relu(FeatureMap x) => x;

    public FeatureMap Sigmoid(FeatureMap x) => x;

    public FeatureMap Add(FeatureMap x, FeatureMap y)
    {
        Require(x == y, $"a sum of {x.Channels} channels of {x.Height} pixels and {y.Channels} of {y.Height}");
        return x;
    }

    public FeatureMap Multiply(FeatureMap x, FeatureMap gate)
    {
        Require(x.Channels == gate.Channels, $"{x.Channels} channels weighed by {gate.Channels}");
        return x;
    }

    public IReadOnlyList<FeatureMap> Split(FeatureMap x, int parts)
    {
        Require(parts >= 1 && x.Channels % parts == 0, $"{x.Channels} channels to be split into {parts} equal parts");
        return [.. Enumerable.Repeat(x with { Channels = x.Channels / parts }, parts)];
    }

    public FeatureMap Concat(IReadOnlyList<FeatureMap> parts) => parts[0] with { Channels = parts.Sum(part => part.Channels) };

    public IReadOnlyList<FeatureMap> SoftmaxAcross(IReadOnlyList<FeatureMap> values) => values;

    public FeatureMap MaxPool(FeatureMap x, Pooling pool) => x.Pooled(pool);

    public FeatureMap AveragePool(FeatureMap x, Pooling pool) => x.Pooled(pool);

    public FeatureMap SpatialMean(FeatureMap x) => x with { Height = 1, Width = 1 };

    public FeatureMap GlobalAveragePool(FeatureMap x) => SpatialMean(x);

    public FeatureMap Linear(FeatureMap x, Linear linear)
    {
        Require(x.Channels == linear.in_features, $"a classifier of {linear.in_features} features that gets {x.Channels}");
        return x with { Channels = (int)linear.out_features };
    }

    private void Require(bool holds, string problem) => SpecRules.Require(holds, name, $"{problem}; choose other planes, widths or parts");
}
