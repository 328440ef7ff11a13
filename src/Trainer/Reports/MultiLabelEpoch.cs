namespace ResNetMLNet.Trainer;

/// <summary>An epoch of a training that learns labels, as <c>history.json</c> lists them; a head on frozen features has none.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the epoch's images of the sum of the labels' losses, as trained: with augmentation and smoothed labels where there are any.</param>
/// <param name="ValidationLoss">The same on the validation images after the epoch, without either.</param>
/// <param name="ValidationMeanAveragePrecision">0 to 1, after the epoch; null where no validation image has a label.</param>
/// <param name="ValidationMicroF1">0 to 1, after the epoch, with a threshold of one half for all labels.</param>
/// <param name="ValidationRankingLoss">0 to 1, after the epoch.</param>
/// <param name="LearningRate">The last stage's, at the epoch's end.</param>
/// <param name="Seconds">Of training until then, those of earlier sessions included.</param>
public sealed record MultiLabelEpoch(
    int Epoch, double TrainLoss, double ValidationLoss, double? ValidationMeanAveragePrecision, double ValidationMicroF1,
    double ValidationRankingLoss, double LearningRate, double Seconds)
    : TrainingEpoch
{
    internal override IReadOnlyList<(string Name, double Value)> Figures =>
    [
        ("mAP", ValidationMeanAveragePrecision ?? 0), ("micro F1", ValidationMicroF1), ("ranking loss", ValidationRankingLoss),
    ];

    /// <summary>A higher mean average precision, or the same with a smaller loss.</summary>
    internal override bool IsBetterThan(TrainingEpoch earlier) => earlier is MultiLabelEpoch other
        && (ValidationMeanAveragePrecision ?? 0, -ValidationLoss).CompareTo((other.ValidationMeanAveragePrecision ?? 0, -other.ValidationLoss)) > 0;
}
