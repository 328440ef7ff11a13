using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>
/// A bottleneck whose 3x3 is <see cref="SplitAttention"/>; an average pool makes the stride (Zhang et al. 2020, arXiv:2004.08955).
/// </summary>
public sealed record ResNeSt : GroupedBlock
{
    /// <summary>Versions of every channel that the attention weighs: the paper's R.</summary>
    public int Radix { get; init; } = 2;

    /// <summary>Whether the average pool comes before the 3x3: the paper's "fast" setting.</summary>
    public bool PoolFirst { get; init; }

    /// <inheritdoc/>
    protected internal override string? Problem(int planes) =>
        Radix < 1 ? $"a ResNeSt block of radix {Radix}; split attention needs at least one version of each channel"
        : base.Problem(planes) is string problem ? problem
        : Width(planes) % (Cardinality * Radix) != 0
            ? $"a ResNeSt block whose {Width(planes)} channels on {planes} planes do not divide into {Cardinality * Radix} groups, " +
                $"cardinality times radix"
        : null;

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new ResNeStBlock(this, place, shortcut, make);
}

/// <summary>[N, InChannels, H, W] -> [N, 4 Planes, H/Stride, W/Stride].</summary>
internal sealed class ResNeStBlock : Layer
{
    private readonly Pooling poolBefore;
    private readonly Pooling poolAfter;
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly SplitAttention conv2;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly Layer downsample;

    public ResNeStBlock(ResNeSt spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        int width = spec.Width(place.Planes);
        int outChannels = place.Planes * spec.Expansion;
        Pooling pool = place.Stride == 1 ? Pooling.None : new Pooling(Kernel: 3, place.Stride, Padding: 1) { CountPadding = true };
        (poolBefore, poolAfter) = spec.PoolFirst ? (pool, Pooling.None) : (Pooling.None, pool);
        conv1 = make.Conv(place.InChannels, width, kernel: 1);
        bn1 = make.BatchNorm(width);
        conv2 = new SplitAttention(width, spec.Radix, spec.Cardinality, make);
        conv3 = make.Conv(width, outChannels, kernel: 1);
        bn3 = make.BatchNorm(outChannels);
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Relu(op.BatchNorm(op.Conv(x, conv1), bn1));
        y = op.AveragePool(op.Run(conv2, op.AveragePool(y, poolBefore)), poolAfter);
        y = op.BatchNorm(op.Conv(y, conv3), bn3);
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }
}
