using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>Counts a network's cost, layer by layer: T is a shape and how much of the picture it sees.</summary>
/// <param name="network">The network whose modules' names the layers get.</param>
internal sealed class CostOperators(nn.Module network) : IOperators<CostValue>
{
    private readonly Dictionary<nn.Module, string> names = ModuleNames.Of(network);

    public CostCounter Counter { get; } = new();

    public CostValue Conv(CostValue x, Conv2d conv) =>
        Counter.Convolution(names[conv], x, ConvolutionGeometry.Of(conv), conv.weight.numel(), conv.bias?.numel() ?? 0);

    public CostValue BatchNorm(CostValue x, BatchNorm2d norm) =>
        Counter.BatchNorm(names[norm], x, norm.num_features);

    // Not counted as layers: they have no parameters, and run in place or on one number a channel.
    public CostValue Relu(CostValue x) => x;

    public CostValue Sigmoid(CostValue x) => x;

    public IReadOnlyList<CostValue> SoftmaxAcross(IReadOnlyList<CostValue> values) => values;

    public CostValue Add(CostValue x, CostValue y) => x with { ReceptiveField = Math.Max(x.ReceptiveField, y.ReceptiveField) };

    public CostValue Multiply(CostValue x, CostValue gate) => x;

    public IReadOnlyList<CostValue> Split(CostValue x, int parts) =>
        [.. Enumerable.Repeat(x with { Shape = x.Shape with { Channels = x.Shape.Channels / parts } }, parts)];

    public CostValue Concat(IReadOnlyList<CostValue> parts) => new(
        parts[0].Shape with { Channels = parts.Sum(part => part.Shape.Channels) }, parts.Max(part => part.ReceptiveField), parts[0].Jump)
    { Images = parts[0].Images };

    public CostValue MaxPool(CostValue x, Pooling pool) => pool.IsIdentity ? x : Counter.Pool("max pool", x, pool);

    public CostValue AveragePool(CostValue x, Pooling pool) => pool.IsIdentity ? x : Counter.Pool("average pool", x, pool);

    public CostValue SpatialMean(CostValue x) => x with { Shape = x.Shape with { Height = 1, Width = 1 } };

    public CostValue GlobalAveragePool(CostValue x) => SpatialMean(x);

    public CostValue Linear(CostValue x, Linear linear) =>
        Counter.Linear(names[linear], x, (int)linear.out_features, linear.weight.numel(), linear.bias?.numel() ?? 0);
}

/// <summary>A shape, and what one of its positions sees.</summary>
/// <param name="Shape">For one picture.</param>
/// <param name="ReceptiveField">Width in pixels of the picture that one position sees, apart from attention's means over all of it.</param>
/// <param name="Jump">Pixels of the picture between two positions.</param>
internal sealed record CostValue(FeatureMap Shape, int ReceptiveField, int Jump)
{
    /// <summary>Images that flow for a picture: 2 where its mirror image does too.</summary>
    public int Images { get; init; } = 1;

    public static CostValue Picture(int channels, int height, int width) =>
        new(new FeatureMap(channels, height, width), ReceptiveField: 1, Jump: 1);
}
