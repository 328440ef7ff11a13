using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>What training makes small, for targets that may be spread over classes.</summary>
internal sealed record Loss(LossKind Kind)
{
    /// <summary>Mean over the batch of logits and targets [N, classes].</summary>
    public Tensor Of(Tensor logits, Tensor targets) => Kind == LossKind.BinaryCrossEntropy
        ? F.binary_cross_entropy_with_logits(logits, targets)
        : -(targets * F.log_softmax(logits, 1)).sum(dim: 1).mean();
}
