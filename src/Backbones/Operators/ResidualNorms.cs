using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Finds the batch norm that ends each block's branch of convolutions: T is the last batch norm that a value went through.
/// </summary>
internal sealed class ResidualNorms : IOperators<BatchNorm2d?>
{
    public List<BatchNorm2d> Found { get; } = [];

    public BatchNorm2d? Residual(BatchNorm2d? branch, BatchNorm2d? shortcut)
    {
        if (branch is not null) Found.Add(branch);
        return branch;
    }

    public BatchNorm2d? BatchNorm(BatchNorm2d? x, BatchNorm2d norm) => norm;

    public BatchNorm2d? Conv(BatchNorm2d? x, Conv2d conv) => null;

    public BatchNorm2d? Linear(BatchNorm2d? x, Linear linear) => null;

    public BatchNorm2d? Relu(BatchNorm2d? x) => x;

    public BatchNorm2d? Sigmoid(BatchNorm2d? x) => x;

    public BatchNorm2d? Add(BatchNorm2d? x, BatchNorm2d? y) => x;

    public BatchNorm2d? Multiply(BatchNorm2d? x, BatchNorm2d? gate) => x;

    public IReadOnlyList<BatchNorm2d?> Split(BatchNorm2d? x, int parts) => [.. Enumerable.Repeat(x, parts)];

    public BatchNorm2d? Concat(IReadOnlyList<BatchNorm2d?> parts) => parts[0];

    public IReadOnlyList<BatchNorm2d?> SoftmaxAcross(IReadOnlyList<BatchNorm2d?> values) => values;

    public BatchNorm2d? MaxPool(BatchNorm2d? x, Pooling pool) => x;

    public BatchNorm2d? AveragePool(BatchNorm2d? x, Pooling pool) => x;

    public BatchNorm2d? SpatialMean(BatchNorm2d? x) => x;

    public BatchNorm2d? GlobalAveragePool(BatchNorm2d? x) => x;
}
