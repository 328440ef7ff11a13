using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Runs a network once as <see cref="TrainingForward"/> says: with blocks left out by chance, convolutions in half the bits, and batch norms
/// that are frozen folded into them.
/// </summary>
/// <param name="settings">What differs from evaluation.</param>
/// <param name="blocks">Blocks of the network.</param>
/// <param name="norms">Its batch norms.</param>
internal sealed class TrainingOperators(TrainingForward settings, int blocks, FrozenNorms norms) : TorchOperators
{
    private readonly HashSet<BatchNorm2d> folded = [];
    private int block;

    public override Tensor Conv(Tensor x, Conv2d conv)
    {
        ScalarType? type = TypeOn(x);
        (Tensor weight, Tensor? bias) = Weights(x, conv);
        return F.conv2d(x.In(type), weight.In(type), bias?.In(type), conv.stride, conv.padding, conv.dilation, conv.groups);
    }

    public override Tensor BatchNorm(Tensor x, BatchNorm2d norm) => folded.Contains(norm) ? x : base.BatchNorm(x, norm);

    // What is kept is scaled up, so that evaluation, which leaves nothing out, sees the same mean.
    public override Tensor Residual(Tensor branch, Tensor shortcut)
    {
        double rate = settings.StochasticDepth * ++block / blocks;
        if (rate == 0) return base.Residual(branch, shortcut);
        Tensor kept = empty([branch.shape[0], 1, 1, 1], dtype: branch.dtype, device: branch.device).bernoulli_(1 - rate).DivideInPlace(
            1 - rate);
        return base.Residual(branch * kept, shortcut);
    }

    public override Tensor GlobalAveragePool(Tensor x) => base.GlobalAveragePool(x.OutOf(TypeOn(x)));

    public override Tensor Linear(Tensor x, Linear linear) => base.Linear(x.OutOf(TypeOn(x)), linear);

    private ScalarType? TypeOn(Tensor x) => settings.Precision.On(x.device).Type();

    private (Tensor Weight, Tensor? Bias) Weights(Tensor x, Conv2d conv)
    {
        if (norms.Behind(conv) is not { training: false } norm || !IsWorthFolding(x, conv)) return (conv.weight, conv.bias);
        folded.Add(norm);
        return FrozenNorms.Fold(conv, norm);
    }

    // Folding goes over the weights, a batch norm over the output: the last stages of small batches have more of the former.
    private static bool IsWorthFolding(Tensor x, Conv2d conv)
    {
        FeatureMap output = ConvolutionGeometry.Of(conv).Output(new FeatureMap((int)x.shape[1], (int)x.shape[2], (int)x.shape[3]));
        return x.shape[0] * output.Channels * output.Height * output.Width > conv.weight.numel();
    }
}
