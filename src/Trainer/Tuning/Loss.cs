using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>What training minimizes, for targets that may be spread over classes.</summary>
/// <param name="Kind">What it is for an image.</param>
/// <param name="ClassWeights">
/// How much an image of each class counts; null where all count the same. One between classes, or of several, counts as they do on average,
/// by its parts.
/// </param>
internal sealed record Loss(LossKind Kind, IReadOnlyList<float>? ClassWeights = null)
{
    /// <summary>Mean over the batch of logits and targets [N, classes].</summary>
    public Tensor Of(Tensor logits, Tensor targets)
    {
        Tensor each = Kind == LossKind.BinaryCrossEntropy
            ? F.binary_cross_entropy_with_logits(logits, targets, reduction: Reduction.None).mean([1])
            : -(targets * F.log_softmax(logits, 1)).sum(dim: 1);
        return ClassWeights is null
            ? each.mean()
            : (each * targets.mv(tensor([.. ClassWeights], device: targets.device)) / targets.sum(1)).mean();
    }
}
