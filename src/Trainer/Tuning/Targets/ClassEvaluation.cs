using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images whose class is known.</summary>
internal sealed class ClassEvaluation : Evaluation
{
    private long images, right;
    private double loss;

    /// <summary>Mean of -ln(probability of the true class).</summary>
    public override double Loss => loss / images;

    /// <summary>0 to 1.</summary>
    public double Accuracy => (double)right / images;

    public override TrainingEpoch At(EpochPlace place) =>
        new EpochRecord(place.Epoch, place.TrainLoss, Loss, Accuracy, place.LearningRate, place.Seconds);

    protected override void Add(Tensor outputs, double[] labels)
    {
        Tensor classes = ClassTargets.Indices(labels, outputs.device);
        images += labels.Length;
        right += (outputs.argmax(1) == classes).sum().item<long>();
        loss += F.cross_entropy(outputs, classes, reduction: nn.Reduction.Sum).item<float>();
    }
}
