using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Analysis;

/// <summary>
/// The three equivalent forms of a ResNeXt block's residual branch (Xie et al. 2016, arXiv:1611.05431, fig. 3), built from the same
/// weights: of each of <c>cardinality</c> paths a 1x1 to <c>width</c> channels, a 3x3, a 1x1 back.
/// </summary>
public sealed class ResNeXtForms : IDisposable
{
    private readonly Tensor[] reduce;
    private readonly Tensor[] transform;
    private readonly Tensor[] expand;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="cardinality">Paths.</param>
    /// <param name="width">Channels inside a path.</param>
    public ResNeXtForms(int channels, int cardinality, int width)
    {
        reduce = Paths(width, channels, 1);
        transform = Paths(width, width, 3);
        expand = Paths(channels, width, 1);

        Tensor[] Paths(int outChannels, int inChannels, int kernel) =>
            [.. Enumerable.Range(0, cardinality).Select(
                _ => randn(outChannels, inChannels, kernel, kernel).DivideInPlace(Math.Sqrt(inChannels * kernel * kernel)))];
    }

    /// <summary>Form a: every path by itself, then the sum.</summary>
    public ResNeXtForm SplitTransformSum => new([.. reduce, .. transform, .. expand], x =>
        reduce.Select((_, i) => F.conv2d(Transform(x, i), expand[i])).Aggregate(TensorArithmetic.Plus));

    /// <summary>Form b: every path to its 3x3, their concatenation, one 1x1 for all.</summary>
    public ResNeXtForm EarlyConcatenation
    {
        get
        {
            Tensor last = cat(expand, dim: 1);
            return new([.. reduce, .. transform, last], x => F.conv2d(cat([.. reduce.Select((_, i) => Transform(x, i))], dim: 1), last));
        }
    }

    /// <summary>Form c: one 1x1, one 3x3 in groups, one 1x1.</summary>
    public ResNeXtForm GroupedConvolution
    {
        get
        {
            Tensor first = cat(reduce, dim: 0), middle = cat(transform, dim: 0), last = cat(expand, dim: 1);
            return new([first, middle, last], x =>
                F.conv2d(F.conv2d(F.conv2d(x, first).relu(), middle, padding: [1, 1], groups: transform.Length).relu(), last));
        }
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (Tensor weight in reduce.Concat(transform).Concat(expand)) weight.Dispose();
    }

    private Tensor Transform(Tensor x, int path) => F.conv2d(F.conv2d(x, reduce[path]).relu(), transform[path], padding: [1, 1]).relu();
}

/// <summary>One way to compute a residual branch.</summary>
public sealed class ResNeXtForm
{
    private readonly Func<Tensor, Tensor> run;

    internal ResNeXtForm(Tensor[] weights, Func<Tensor, Tensor> run)
    {
        Parameters = weights.Sum(weight => weight.numel());
        this.run = run;
    }

    /// <summary>Numbers in its convolutions.</summary>
    public long Parameters { get; }

    /// <summary>[N, channels, H, W] -> [N, channels, H, W].</summary>
    public Tensor Run(Tensor x) => run(x);
}
