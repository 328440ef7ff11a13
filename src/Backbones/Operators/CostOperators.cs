using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>Counts a network's cost: T is a shape.</summary>
internal sealed class CostOperators : IOperators<FeatureMap>
{
    public long MultiplyAccumulates { get; private set; }

    public FeatureMap Conv(FeatureMap x, Conv2d conv)
    {
        FeatureMap y = ConvolutionShape.Output(x, conv);
        MultiplyAccumulates += (long)y.Height * y.Width * conv.weight.numel();
        return y;
    }

    public FeatureMap BatchNorm(FeatureMap x, BatchNorm2d norm) => x;

    public FeatureMap Relu(FeatureMap x) => x;

    public FeatureMap Sigmoid(FeatureMap x) => x;

    public FeatureMap Add(FeatureMap x, FeatureMap y) => x;

    public FeatureMap Multiply(FeatureMap x, FeatureMap gate) => x;

    public IReadOnlyList<FeatureMap> Split(FeatureMap x, int parts) => [.. Enumerable.Repeat(x with { Channels = x.Channels / parts }, parts)];

    public FeatureMap Concat(IReadOnlyList<FeatureMap> parts) => parts[0] with { Channels = parts.Sum(part => part.Channels) };

    public IReadOnlyList<FeatureMap> SoftmaxAcross(IReadOnlyList<FeatureMap> values) => values;

    public FeatureMap MaxPool(FeatureMap x, Pooling pool) => x.Pooled(pool);

    public FeatureMap AveragePool(FeatureMap x, Pooling pool) => x.Pooled(pool);

    public FeatureMap SpatialMean(FeatureMap x) => x with { Height = 1, Width = 1 };

    public FeatureMap GlobalAveragePool(FeatureMap x) => new(x.Channels, 1, 1);

    public FeatureMap Linear(FeatureMap x, Linear linear)
    {
        MultiplyAccumulates += linear.weight.numel();
        return new FeatureMap((int)linear.out_features, 1, 1);
    }
}
