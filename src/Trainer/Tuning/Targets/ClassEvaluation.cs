using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images whose class is known; an image's loss is -ln(probability of its class).</summary>
internal sealed class ClassEvaluation : Evaluation
{
    private long images, right;

    /// <summary>0 to 1.</summary>
    public double Accuracy => (double)right / images;

    public override TrainingEpoch At(EpochPlace place) =>
        new EpochRecord(place.Epoch, place.TrainLoss, Loss, Accuracy, place.LearningRate, place.Seconds);

    protected override void Add(Tensor outputs, double[] labels)
    {
        images += labels.Length;
        right += (outputs.argmax(1) == ClassTargets.Indices(labels, outputs.device)).sum().item<long>();
    }

    protected override Tensor LossesOf(Tensor outputs, double[] labels) =>
        F.cross_entropy(outputs, ClassTargets.Indices(labels, outputs.device), reduction: nn.Reduction.None);
}
