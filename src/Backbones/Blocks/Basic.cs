using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>Two 3x3 convolutions (He et al. 2015, arXiv:1512.03385, fig. 5 left).</summary>
/// <remarks>
/// It has no cardinality: with two layers a grouped convolution is only a set of narrow blocks beside each other, and the equal forms of
/// ResNeXt need a block of at least three (Xie et al. 2016, arXiv:1611.05431, section 3.3).
/// </remarks>
public sealed record Basic : Block
{
    /// <summary>What weighs the channels of the output; null for nothing.</summary>
    public ChannelAttention? Attention { get; init; }

    /// <inheritdoc/>
    public override int Expansion => 1;

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new BasicBlock(this, place, shortcut, make);
}

/// <summary>[N, InChannels, H, W] -> [N, Planes, H/Stride, W/Stride].</summary>
internal sealed class BasicBlock : Layer
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Layer se;
    private readonly Layer downsample;

    public BasicBlock(Basic spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        conv1 = make.Conv(place.InChannels, place.Planes, kernel: 3, place.Stride);
        bn1 = make.BatchNorm(place.Planes);
        conv2 = make.Conv(place.Planes, place.Planes, kernel: 3);
        bn2 = make.BatchNorm(place.Planes);
        se = spec.Attention?.Create(place.Planes, make) ?? new Identity();
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Relu(op.BatchNorm(op.Conv(x, conv1), bn1));
        y = op.Run(se, op.BatchNorm(op.Conv(y, conv2), bn2));
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }
}
