using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>Runs and trains a network: T is a tensor.</summary>
internal sealed class TorchOperators : IOperators<Tensor>
{
    public static TorchOperators Instance { get; } = new();

    private TorchOperators()
    {
    }

    public Tensor Conv(Tensor x, Conv2d conv) => conv.call(x);

    public Tensor BatchNorm(Tensor x, BatchNorm2d norm) => norm.call(x);

    // In place: every ReLU of the family follows an operator whose backward pass does not need its own output.
    public Tensor Relu(Tensor x) => x.relu_();

    public Tensor Add(Tensor x, Tensor y) => x + y;

    public Tensor MaxPool(Tensor x, Pooling pool) => F.max_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, ceil_mode: pool.CeilMode);

    public Tensor AveragePool(Tensor x, Pooling pool) => pool.IsIdentity
        ? x
        : F.avg_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, count_include_pad: false);

    public Tensor GlobalAveragePool(Tensor x) => x.mean([2, 3]);

    public Tensor Linear(Tensor x, Linear linear) => linear.call(x);

    /// <summary>Frees the layer's intermediate tensors when it is done; those that training needs are kept by autograd.</summary>
    public Tensor Run(Layer layer, Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = layer.Dataflow(this, x);
        return ReferenceEquals(x, y) ? x : y.MoveToOuterDisposeScope();
    }
}
