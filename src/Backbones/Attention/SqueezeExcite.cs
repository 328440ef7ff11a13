using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Attention;

/// <summary>
/// Squeeze and excitation: the mean of each channel decides, through two small layers, how much every channel counts (Hu et al. 2017,
/// arXiv:1709.01507, fig. 3).
/// </summary>
public sealed record SqueezeExcite : ChannelAttention
{
    /// <summary>The middle layer has this part of the channels, rounded to a multiple of 8.</summary>
    public double Reduction { get; init; } = 1.0 / 16;

    /// <inheritdoc/>
    protected internal override Layer Create(int channels, LayerFactory make) => new SqueezeExciteLayer(this, channels, make);
}

/// <summary>[N, C, H, W] -> [N, C, H, W].</summary>
internal sealed class SqueezeExciteLayer : Layer
{
    private readonly Conv2d fc1;
    private readonly Conv2d fc2;

    public SqueezeExciteLayer(SqueezeExcite spec, int channels, LayerFactory make)
    {
        int reduced = make.ReducedChannels(channels, spec.Reduction, divisor: 8, minimum: 8, keepNineTenths: false);
        fc1 = make.Conv(channels, reduced, kernel: 1, bias: true);
        fc2 = make.Conv(reduced, channels, kernel: 1, bias: true);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T gate = op.Relu(op.Conv(op.SpatialMean(x), fc1));
        gate = op.Sigmoid(op.Conv(gate, fc2));
        return op.Multiply(x, gate);
    }
}
