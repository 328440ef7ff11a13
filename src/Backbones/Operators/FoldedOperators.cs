using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Evaluates a network with its batch norms folded into the convolutions. What a convolution then takes is made when it first runs, and kept.
/// </summary>
/// <param name="norms">Those of the network.</param>
/// <param name="type">What convolutions compute in; null for what the network is.</param>
internal sealed class FoldedOperators(FrozenNorms norms, ScalarType? type) : EvaluationOperators, IDisposable
{
    private readonly Dictionary<Conv2d, (Tensor Weight, Tensor? Bias)> folded = [];
    private readonly HashSet<BatchNorm2d> done = [];

    public override Tensor Conv(Tensor x, Conv2d conv)
    {
        if (!folded.TryGetValue(conv, out (Tensor Weight, Tensor? Bias) kept)) folded.Add(conv, kept = Folded(conv));
        return F.conv2d(x.In(type), kept.Weight, kept.Bias, conv.stride, conv.padding, conv.dilation, conv.groups);
    }

    public override Tensor BatchNorm(Tensor x, BatchNorm2d norm) => done.Contains(norm) ? x : base.BatchNorm(x, norm);

    public override Tensor GlobalAveragePool(Tensor x) => base.GlobalAveragePool(x.OutOf(type));

    public void Dispose()
    {
        foreach ((Tensor weight, Tensor? bias) in folded.Values)
        {
            weight.Dispose();
            bias?.Dispose();
        }
    }

    private (Tensor, Tensor?) Folded(Conv2d conv)
    {
        if (norms.Behind(conv) is not { } norm) return (Kept(conv.weight), conv.bias is null ? null : Kept(conv.bias));
        done.Add(norm);
        (Tensor weight, Tensor bias) = FrozenNorms.Fold(conv, norm);
        return (Kept(weight), Kept(bias));
    }

    private Tensor Kept(Tensor weight) => weight.detach().In(type).DetachFromDisposeScope();
}
