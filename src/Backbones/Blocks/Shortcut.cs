using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>How a block's input gets the shape of its output where the two differ; elsewhere the input is added as it is.</summary>
public abstract record Shortcut
{
    private protected Shortcut()
    {
    }

    /// <summary>A 1x1 convolution that has the stride (He et al. 2015, arXiv:1512.03385, option B).</summary>
    public static Shortcut Convolution { get; } = new ConvolutionShortcut();

    /// <summary>
    /// ResNet-D: an average pool has the stride and the 1x1 convolution sees every position (He et al. 2018, arXiv:1812.01187, fig. 2c).
    /// </summary>
    public static Shortcut AveragePool { get; } = new AveragePoolShortcut();

    internal abstract Layer Create(int inChannels, int outChannels, int stride, LayerFactory make);
}

/// <summary>See <see cref="Shortcut.Convolution"/>.</summary>
public sealed record ConvolutionShortcut : Shortcut
{
    internal override Layer Create(int inChannels, int outChannels, int stride, LayerFactory make) =>
        new ConvolutionShortcutLayer(inChannels, outChannels, stride, make);
}

/// <summary>See <see cref="Shortcut.AveragePool"/>.</summary>
public sealed record AveragePoolShortcut : Shortcut
{
    internal override Layer Create(int inChannels, int outChannels, int stride, LayerFactory make) =>
        new AveragePoolShortcutLayer(inChannels, outChannels, stride, make);
}

/// <summary>PyTorch's Sequential(conv, norm).</summary>
internal sealed class ConvolutionShortcutLayer : Layer
{
    [ComponentName(Name = "0")] private readonly Conv2d conv;
    [ComponentName(Name = "1")] private readonly BatchNorm2d bn;

    public ConvolutionShortcutLayer(int inChannels, int outChannels, int stride, LayerFactory make)
    {
        conv = make.Conv(inChannels, outChannels, kernel: 1, stride);
        bn = make.BatchNorm(outChannels);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x) => op.BatchNorm(op.Conv(x, conv), bn);
}

/// <summary>PyTorch's Sequential(average pool, conv, norm); where there is no stride the pool is the identity.</summary>
internal sealed class AveragePoolShortcutLayer : Layer
{
    private readonly Pooling pool;
    [ComponentName(Name = "1")] private readonly Conv2d conv;
    [ComponentName(Name = "2")] private readonly BatchNorm2d bn;

    public AveragePoolShortcutLayer(int inChannels, int outChannels, int stride, LayerFactory make)
    {
        // Ceiling mode keeps the last row and column of an odd size, as the strided convolution does.
        pool = new Pooling(Kernel: stride, Stride: stride) { CeilMode = true };
        conv = make.Conv(inChannels, outChannels, kernel: 1);
        bn = make.BatchNorm(outChannels);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x) => op.BatchNorm(op.Conv(op.AveragePool(x, pool), conv), bn);
}
