using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>1x1, 3x3, 1x1 convolutions (He et al. 2015, arXiv:1512.03385, fig. 5 right).</summary>
public sealed record Bottleneck : GroupedBlock
{
    /// <summary>The convolution that makes the stage's stride.</summary>
    public StridePlace Stride { get; init; } = StridePlace.Middle;

    /// <summary>What weighs the channels of the output; null for nothing.</summary>
    public ChannelAttention? Attention { get; init; }

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new BottleneckBlock(this, place, shortcut, make);
}

/// <summary>Which convolution of a bottleneck makes the stage's stride.</summary>
public enum StridePlace
{
    /// <summary>ResNet-A: the first 1x1, which then never reads three quarters of its input (He et al. 2015, arXiv:1512.03385).</summary>
    First,

    /// <summary>
    /// ResNet-B: the 3x3, which reads everything (He et al. 2018, arXiv:1812.01187, fig. 2a). Torchvision and timm do so.
    /// </summary>
    Middle,
}

/// <summary>[N, InChannels, H, W] -> [N, 4 Planes, H/Stride, W/Stride].</summary>
internal sealed class BottleneckBlock : Layer
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly Layer se;
    private readonly Layer downsample;

    public BottleneckBlock(Bottleneck spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        int width = spec.Width(place.Planes);
        int outChannels = place.Planes * spec.Expansion;
        (int first, int middle) = spec.Stride == StridePlace.First ? (place.Stride, 1) : (1, place.Stride);
        conv1 = make.Conv(place.InChannels, width, kernel: 1, first);
        bn1 = make.BatchNorm(width);
        conv2 = make.Conv(width, width, kernel: 3, middle, spec.Cardinality);
        bn2 = make.BatchNorm(width);
        conv3 = make.Conv(width, outChannels, kernel: 1);
        bn3 = make.BatchNorm(outChannels);
        se = spec.Attention?.Create(outChannels, make) ?? new Identity();
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Relu(op.BatchNorm(op.Conv(x, conv1), bn1));
        y = op.Relu(op.BatchNorm(op.Conv(y, conv2), bn2));
        y = op.Run(se, op.BatchNorm(op.Conv(y, conv3), bn3));
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }
}
