using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Operators;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>A basic block whose first 3x3 is a selective kernel.</summary>
public sealed record SelectiveKernelBasic : Block
{
    /// <summary>The selective kernel.</summary>
    public SelectiveKernel Kernel { get; init; } = new() { Reduction = 1.0 / 8, Divisor = 16 };

    /// <inheritdoc/>
    public override int Expansion => 1;

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) =>
        new SelectiveKernelBasicBlock(this, place, shortcut, make);
}

/// <summary>A bottleneck whose 3x3 is a selective kernel (Li et al. 2019, arXiv:1903.06586, table 1).</summary>
public sealed record SelectiveKernelBottleneck : GroupedBlock
{
    /// <summary>The selective kernel.</summary>
    public SelectiveKernel Kernel { get; init; } = new();

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) =>
        new SelectiveKernelBottleneckBlock(this, place, shortcut, make);
}

/// <summary>[N, InChannels, H, W] -> [N, Planes, H/Stride, W/Stride].</summary>
internal sealed class SelectiveKernelBasicBlock : Layer
{
    private readonly SelectiveKernelLayer conv1;
    private readonly ConvNorm conv2;
    private readonly Layer downsample;

    public SelectiveKernelBasicBlock(SelectiveKernelBasic spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        conv1 = new SelectiveKernelLayer(spec.Kernel, place.InChannels, place.Planes, place.Stride, cardinality: 1, make);
        conv2 = new ConvNorm(place.Planes, place.Planes, kernel: 3, make);
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Run(conv2, op.Run(conv1, x));
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }
}

/// <summary>[N, InChannels, H, W] -> [N, 4 Planes, H/Stride, W/Stride].</summary>
internal sealed class SelectiveKernelBottleneckBlock : Layer
{
    private readonly ConvNormRelu conv1;
    private readonly SelectiveKernelLayer conv2;
    private readonly ConvNorm conv3;
    private readonly Layer downsample;

    public SelectiveKernelBottleneckBlock(SelectiveKernelBottleneck spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        int width = spec.Width(place.Planes);
        conv1 = new ConvNormRelu(place.InChannels, width, kernel: 1, make);
        conv2 = new SelectiveKernelLayer(spec.Kernel, width, width, place.Stride, spec.Cardinality, make);
        conv3 = new ConvNorm(width, place.Planes * spec.Expansion, kernel: 1, make);
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Run(conv3, op.Run(conv2, op.Run(conv1, x)));
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }
}
