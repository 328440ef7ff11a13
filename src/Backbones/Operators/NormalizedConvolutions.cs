using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Finds the batch norms that follow a convolution: T is the convolution that a value has just left, null behind anything else.
/// </summary>
internal sealed class NormalizedConvolutions : IOperators<Conv2d?>
{
    public List<(Conv2d Conv, BatchNorm2d Norm)> Found { get; } = [];

    public Conv2d? Conv(Conv2d? x, Conv2d conv) => conv;

    public Conv2d? BatchNorm(Conv2d? x, BatchNorm2d norm)
    {
        if (x is not null) Found.Add((x, norm));
        return null;
    }

    public Conv2d? Linear(Conv2d? x, Linear linear) => null;

    public Conv2d? Relu(Conv2d? x) => null;

    public Conv2d? Sigmoid(Conv2d? x) => null;

    public Conv2d? Add(Conv2d? x, Conv2d? y) => null;

    public Conv2d? Multiply(Conv2d? x, Conv2d? gate) => null;

    public IReadOnlyList<Conv2d?> Split(Conv2d? x, int parts) => new Conv2d?[parts];

    public Conv2d? Concat(IReadOnlyList<Conv2d?> parts) => null;

    public IReadOnlyList<Conv2d?> SoftmaxAcross(IReadOnlyList<Conv2d?> values) => new Conv2d?[values.Count];

    public Conv2d? MaxPool(Conv2d? x, Pooling pool) => null;

    public Conv2d? AveragePool(Conv2d? x, Pooling pool) => null;

    public Conv2d? SpatialMean(Conv2d? x) => null;

    public Conv2d? GlobalAveragePool(Conv2d? x) => null;
}
