using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Attention;

/// <summary>
/// ResNeSt's convolution: a 3x3 gives <c>radix</c> versions of every channel, and a softmax over the versions, from the means of their sum,
/// weighs them (Zhang et al. 2020, arXiv:2004.08955, fig. 2 and section 3.1, in the radix-major form of its appendix).
/// [N, Width, H, W] -> [N, Width, H, W].
/// </summary>
internal sealed class SplitAttention : Layer
{
    private readonly int radix;
    private readonly int cardinality;
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn0;
    private readonly Conv2d fc1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d fc2;

    public SplitAttention(int width, int radix, int cardinality, LayerFactory make)
    {
        this.radix = radix;
        this.cardinality = cardinality;
        int reduced = make.ReducedChannels(width, radix / 4.0, divisor: 8, minimum: 32, keepNineTenths: true);
        conv = make.Conv(width, width * radix, kernel: 3, groups: cardinality * radix);
        bn0 = make.BatchNorm(width * radix);
        fc1 = make.Conv(width, reduced, kernel: 1, groups: cardinality, bias: true);
        bn1 = make.BatchNorm(reduced);
        fc2 = make.Conv(reduced, width * radix, kernel: 1, groups: cardinality, bias: true);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T y = op.Relu(op.BatchNorm(op.Conv(x, conv), bn0));
        IReadOnlyList<T> versions = op.Split(y, radix);
        T gate = op.SpatialMean(op.Sum(versions));
        gate = op.Relu(op.BatchNorm(op.Conv(gate, fc1), bn1));
        return op.WeightedSum(versions, Weights(op, op.Conv(gate, fc2)));
    }

    /// <summary>
    /// One weight a version and channel. <c>fc2</c> gives them as [cardinality, radix, channel]; the versions lie as [radix, cardinality,
    /// channel].
    /// </summary>
    private IReadOnlyList<T> Weights<T>(IOperators<T> op, T scores)
    {
        if (radix == 1) return [op.Sigmoid(scores)];
        IReadOnlyList<T> pieces = op.Split(scores, cardinality * radix);
        return op.SoftmaxAcross([.. Enumerable.Range(0, radix).Select(version =>
            op.Concat([.. Enumerable.Range(0, cardinality).Select(group => pieces[group * radix + version])]))]);
    }
}
