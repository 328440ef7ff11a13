using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images whose value is known.</summary>
/// <param name="targets">The values' unit.</param>
internal sealed class ValueEvaluation(ValueTargets targets) : Evaluation
{
    private readonly List<double> values = [], predicted = [];

    public override TrainingEpoch At(EpochPlace place)
    {
        var report = RegressionReport.Of(values, predicted);
        return new RegressionEpoch(place.Epoch, place.TrainLoss, Loss, report.RootMeanSquaredError, report.MeanAbsoluteError, report.RSquared,
            place.LearningRate, place.Seconds);
    }

    protected override void Add(Tensor outputs, double[] labels)
    {
        values.AddRange(labels);
        predicted.AddRange(targets.InOwnUnit(outputs));
    }

    protected override Tensor LossesOf(Tensor outputs, double[] labels) => targets.LossesOf(outputs, labels);
}
