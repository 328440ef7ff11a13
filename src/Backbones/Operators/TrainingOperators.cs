using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Runs a network once as <see cref="TrainingForward"/> says: with blocks left out by chance, and convolutions in half the bits.
/// </summary>
/// <param name="settings">What differs from evaluation.</param>
/// <param name="blocks">Blocks of the network.</param>
internal sealed class TrainingOperators(TrainingForward settings, int blocks) : TorchOperators
{
    private int block;

    private ScalarType Type => settings.Precision switch
    {
        Precision.BFloat16 => ScalarType.BFloat16,
        Precision.Half => ScalarType.Float16,
        _ => ScalarType.Float32,
    };

    public override Tensor Conv(Tensor x, Conv2d conv) => settings.Precision == Precision.Full
        ? base.Conv(x, conv)
        : F.conv2d(x.to(Type), conv.weight.to(Type), conv.bias?.to(Type), conv.stride, conv.padding, conv.dilation, conv.groups);

    // What is kept is scaled up, so that evaluation, which leaves nothing out, sees the same mean.
    public override Tensor Residual(Tensor branch, Tensor shortcut)
    {
        double rate = settings.StochasticDepth * ++block / blocks;
        if (rate == 0) return base.Residual(branch, shortcut);
        Tensor kept = empty([branch.shape[0], 1, 1, 1], dtype: branch.dtype, device: branch.device).bernoulli_(1 - rate).DivideInPlace(
            1 - rate);
        return base.Residual(branch * kept, shortcut);
    }

    public override Tensor GlobalAveragePool(Tensor x) => base.GlobalAveragePool(x.to(ScalarType.Float32));

    public override Tensor Linear(Tensor x, Linear linear) => base.Linear(x.to(ScalarType.Float32), linear);
}
