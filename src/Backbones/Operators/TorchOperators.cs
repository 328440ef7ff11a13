using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>Runs and trains a network: T is a tensor.</summary>
internal class TorchOperators : IOperators<Tensor>
{
    public static TorchOperators Instance { get; } = new();

    protected TorchOperators()
    {
    }

    public virtual Tensor Conv(Tensor x, Conv2d conv) => conv.call(x);

    /// <exception cref="ArgumentException">
    /// In training mode there is one value per channel, whose variance is unknown: as PyTorch has it.
    /// </exception>
    public virtual Tensor BatchNorm(Tensor x, BatchNorm2d norm)
    {
        // TorchSharp would divide by n - 1 = 0, and the running variance would be NaN from then on.
        if (norm.training && x.numel() == norm.num_features)
        {
            throw new ArgumentException(
                $"Expected more than one value per channel when training, got input size [{string.Join(", ", x.shape)}]: one image, " +
                $"whose maps are down to one pixel. " +
                "Use a larger batch or larger images, or call eval() for anything but training.");
        }
        // What norm.call(x) does, but for how batches are counted: TorchSharp adds a number that the garbage collector may free too early.
        if (norm.training) norm.num_batches_tracked!.CountUp();
        return F.batch_norm(x, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, norm.training, norm.momentum ?? 0.1, norm.eps);
    }

    // In place: every ReLU of the family follows an operator whose backward pass does not need its own output.
    public Tensor Relu(Tensor x) => x.relu_();

    public Tensor Sigmoid(Tensor x) => x.sigmoid();

    public Tensor Add(Tensor x, Tensor y) => x.Plus(y);

    public virtual Tensor Residual(Tensor branch, Tensor shortcut) => Add(branch, shortcut);

    public Tensor Multiply(Tensor x, Tensor gate) => x * gate;

    public IReadOnlyList<Tensor> Split(Tensor x, int parts) => x.chunk(parts, dim: 1);

    public Tensor Concat(IReadOnlyList<Tensor> parts) => cat([.. parts], dim: 1);

    public virtual IReadOnlyList<Tensor> SoftmaxAcross(IReadOnlyList<Tensor> values) =>
        cat([.. values], dim: 2).softmax(2).chunk(values.Count, dim: 2);

    public Tensor MaxPool(Tensor x, Pooling pool) => pool.IsIdentity
        ? x
        : F.max_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, ceil_mode: pool.CeilMode);

    public Tensor AveragePool(Tensor x, Pooling pool) => pool.IsIdentity
        ? x
        : F.avg_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, pool.CountPadding);

    public Tensor SpatialMean(Tensor x) => x.mean([2, 3], keepdim: true);

    public virtual Tensor GlobalAveragePool(Tensor x) => x.mean([2, 3]);

    public virtual Tensor Linear(Tensor x, Linear linear) => linear.call(x);

    /// <summary>Frees the layer's intermediate tensors when it is done; those that training needs are kept by autograd.</summary>
    public Tensor Run(Layer layer, Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = layer.Dataflow(this, x);
        return ReferenceEquals(x, y) ? x : y.MoveToOuterDisposeScope();
    }
}
