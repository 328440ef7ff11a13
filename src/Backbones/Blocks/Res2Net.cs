using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>
/// A bottleneck that sees many sizes at once: its middle is split into pieces, and each piece's 3x3 gets the previous piece's output too,
/// so that the pieces see 1, 3, 5, 7 ... pixels (Gao et al. 2019, arXiv:1904.01169, fig. 2b and eq. 1).
/// </summary>
public sealed record Res2Net : GroupedBlock
{
    /// <summary>26 channels a piece for 64 planes, four pieces: the paper's usual w and s.</summary>
    public Res2Net() => BaseWidth = 26;

    /// <summary>How many pieces: the paper's scale s, at least 2.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>What weighs the channels of the output; null for nothing.</summary>
    public ChannelAttention? Attention { get; init; }

    /// <inheritdoc/>
    protected internal override string? Problem(int planes) => Scale < 2
        ? $"a Res2Net block of scale {Scale}; with less than two pieces there is nothing to pass on, and it is a bottleneck"
        : base.Problem(planes);

    /// <inheritdoc/>
    protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new Res2NetBlock(this, place, shortcut, make);
}

/// <summary>[N, InChannels, H, W] -> [N, 4 Planes, H/Stride, W/Stride].</summary>
internal sealed class Res2NetBlock : Layer
{
    private readonly bool startsStage;
    private readonly Pooling pool;
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly ModuleList<Conv2d> convs;
    private readonly ModuleList<BatchNorm2d> bns;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly Layer se;
    private readonly Layer downsample;

    public Res2NetBlock(Res2Net spec, BlockPlace place, Layer shortcut, LayerFactory make)
    {
        int width = spec.Width(place.Planes);
        int outChannels = place.Planes * spec.Expansion;
        // Where the shape changes the pieces stay apart and the last one is pooled, since it has no 3x3 (the paper's code; its text leaves
        // it out).
        startsStage = shortcut is not Identity;
        pool = new Pooling(Kernel: 3, place.Stride, Padding: 1) { CountPadding = true };
        conv1 = make.Conv(place.InChannels, width * spec.Scale, kernel: 1);
        bn1 = make.BatchNorm(width * spec.Scale);
        convs = new ModuleList<Conv2d>(
            [.. Enumerable.Range(1, spec.Scale - 1).Select(_ => make.Conv(width, width, kernel: 3, place.Stride, spec.Cardinality))]);
        bns = new ModuleList<BatchNorm2d>([.. Enumerable.Range(1, spec.Scale - 1).Select(_ => make.BatchNorm(width))]);
        conv3 = make.Conv(width * spec.Scale, outChannels, kernel: 1);
        bn3 = make.BatchNorm(outChannels);
        se = spec.Attention?.Create(outChannels, make) ?? new Identity();
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Relu(op.BatchNorm(op.Conv(x, conv1), bn1));
        y = op.Concat(Pieces(op, op.Split(y, convs.Count + 1)));
        y = op.Run(se, op.BatchNorm(op.Conv(y, conv3), bn3));
        return op.Relu(op.Residual(y, op.Run(downsample, x)));
    }

    internal T[] Pieces<T>(IOperators<T> op, IReadOnlyList<T> inputs)
    {
        var outputs = new T[inputs.Count];
        for (int i = 0; i < convs.Count; i++)
        {
            T input = i == 0 || startsStage ? inputs[i] : op.Add(outputs[i - 1], inputs[i]);
            outputs[i] = op.Relu(op.BatchNorm(op.Conv(input, convs[i]), bns[i]));
        }
        outputs[^1] = startsStage ? op.AveragePool(inputs[^1], pool) : inputs[^1];
        return outputs;
    }
}
