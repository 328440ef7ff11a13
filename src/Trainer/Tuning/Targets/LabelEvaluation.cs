using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images whose labels are known; its labels are those of more than one half.</summary>
/// <param name="names">The labels.</param>
/// <param name="targets">Which labels an image has.</param>
internal sealed class LabelEvaluation(IReadOnlyList<string> names, LabelTargets targets) : Evaluation
{
    private readonly List<string[]> labels = [];
    private readonly List<float[]> probabilities = [];

    public override TrainingEpoch At(EpochPlace place)
    {
        var report = MultiLabelReport.Of(names, [.. names.Select(_ => LabelThresholds.Usual)], labels, probabilities);
        return new MultiLabelEpoch(
            place.Epoch, place.TrainLoss, Loss, report.MeanAveragePrecision, report.MicroF1, report.RankingLoss, place.LearningRate, place.Seconds);
    }

    protected override void Add(Tensor outputs, double[] numbers)
    {
        Tensor truth = targets.Exact(numbers, outputs.device);
        labels.AddRange(truth.cpu().data<float>().Chunk(names.Count).Select(has => names.Where((_, label) => has[label] == 1).ToArray()));
        probabilities.AddRange(outputs.sigmoid().cpu().data<float>().Chunk(names.Count));
    }

    protected override Tensor LossesOf(Tensor outputs, double[] numbers) => LabelTargets.Each(outputs, targets.Exact(numbers, outputs.device));
}
