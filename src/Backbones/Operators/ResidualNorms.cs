using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Finds the batch norms that end each block's branch of convolutions: T is the last batch norms that a value went through, several where it
/// is a sum.
/// </summary>
internal sealed class ResidualNorms : IOperators<IReadOnlyList<BatchNorm2d>>
{
    public List<BatchNorm2d> Found { get; } = [];

    public IReadOnlyList<BatchNorm2d> Residual(IReadOnlyList<BatchNorm2d> branch, IReadOnlyList<BatchNorm2d> shortcut)
    {
        Found.AddRange(branch);
        return branch;
    }

    public IReadOnlyList<BatchNorm2d> BatchNorm(IReadOnlyList<BatchNorm2d> x, BatchNorm2d norm) => [norm];

    public IReadOnlyList<BatchNorm2d> Conv(IReadOnlyList<BatchNorm2d> x, Conv2d conv) => [];

    public IReadOnlyList<BatchNorm2d> Linear(IReadOnlyList<BatchNorm2d> x, Linear linear) => [];

    public IReadOnlyList<BatchNorm2d> Relu(IReadOnlyList<BatchNorm2d> x) => x;

    public IReadOnlyList<BatchNorm2d> Sigmoid(IReadOnlyList<BatchNorm2d> x) => x;

    public IReadOnlyList<BatchNorm2d> Add(IReadOnlyList<BatchNorm2d> x, IReadOnlyList<BatchNorm2d> y) => [.. x, .. y];

    public IReadOnlyList<BatchNorm2d> Multiply(IReadOnlyList<BatchNorm2d> x, IReadOnlyList<BatchNorm2d> gate) => x;

    public IReadOnlyList<IReadOnlyList<BatchNorm2d>> Split(IReadOnlyList<BatchNorm2d> x, int parts) => [.. Enumerable.Repeat(x, parts)];

    public IReadOnlyList<BatchNorm2d> Concat(IReadOnlyList<IReadOnlyList<BatchNorm2d>> parts) => [.. parts.SelectMany(part => part)];

    public IReadOnlyList<IReadOnlyList<BatchNorm2d>> SoftmaxAcross(IReadOnlyList<IReadOnlyList<BatchNorm2d>> values) => values;

    public IReadOnlyList<BatchNorm2d> MaxPool(IReadOnlyList<BatchNorm2d> x, Pooling pool) => x;

    public IReadOnlyList<BatchNorm2d> AveragePool(IReadOnlyList<BatchNorm2d> x, Pooling pool) => x;

    public IReadOnlyList<BatchNorm2d> SpatialMean(IReadOnlyList<BatchNorm2d> x) => x;

    public IReadOnlyList<BatchNorm2d> GlobalAveragePool(IReadOnlyList<BatchNorm2d> x) => x;
}
