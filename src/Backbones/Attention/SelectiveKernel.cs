using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Attention;

/// <summary>
/// Selective kernel: a 3x3 convolution and one of dilation 2 see the same picture at two sizes, and a softmax over the two, from the means
/// of their sum, weighs them (Li et al. 2019, arXiv:1903.06586, fig. 1; the dilated 3x3 stands for the 5x5, as in its section 3.1).
/// </summary>
public sealed record SelectiveKernel
{
    /// <summary>Whether each path gets its half of the input's channels; otherwise both get all.</summary>
    public bool SplitInput { get; init; } = true;

    /// <summary>The attention's middle layer has this part of the channels.</summary>
    public double Reduction { get; init; } = 1.0 / 16;

    /// <summary>They are rounded to a multiple of this, and are at least this.</summary>
    public int Divisor { get; init; } = 8;
}

/// <summary>[N, In, H, W] -> [N, Out, H/Stride, W/Stride].</summary>
internal sealed class SelectiveKernelLayer : Layer
{
    private static readonly int[] Dilations = [1, 2];

    private readonly bool splitInput;
    private readonly ModuleList<ConvNormRelu> paths;
    private readonly PathAttention attn;

    public SelectiveKernelLayer(SelectiveKernel spec, int inChannels, int outChannels, int stride, int cardinality, LayerFactory make)
    {
        splitInput = spec.SplitInput;
        int pathChannels = splitInput ? inChannels / Dilations.Length : inChannels;
        paths = new ModuleList<ConvNormRelu>(
            [.. Dilations.Select(dilation => new ConvNormRelu(pathChannels, outChannels, 3, make, stride, cardinality, dilation))]);
        attn = new PathAttention(
            outChannels, make.ReducedChannels(outChannels, spec.Reduction, spec.Divisor, spec.Divisor, keepNineTenths: true), make);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        IReadOnlyList<T> inputs = splitInput ? op.Split(x, paths.Count) : [.. Enumerable.Repeat(x, paths.Count)];
        IReadOnlyList<T> outputs = [.. paths.Zip(inputs, (path, input) => op.Run(path, input))];
        IReadOnlyList<T> weights = op.Split(op.Run(attn, op.Sum(outputs)), paths.Count);
        return op.WeightedSum(outputs, op.SoftmaxAcross(weights));
    }

    /// <summary>[N, C, H, W] -> [N, 2 C, 1, 1].</summary>
    private sealed class PathAttention : Layer
    {
        private readonly Conv2d fc_reduce;
        private readonly BatchNorm2d bn;
        private readonly Conv2d fc_select;

        public PathAttention(int channels, int reduced, LayerFactory make)
        {
            fc_reduce = make.Conv(channels, reduced, kernel: 1);
            bn = make.BatchNorm(reduced);
            fc_select = make.Conv(reduced, channels * Dilations.Length, kernel: 1);
            RegisterComponents();
        }

        public override T Dataflow<T>(IOperators<T> op, T x) =>
            op.Conv(op.Relu(op.BatchNorm(op.Conv(op.SpatialMean(x), fc_reduce), bn)), fc_select);
    }
}
