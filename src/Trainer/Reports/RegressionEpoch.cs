namespace ResNetMLNet.Trainer;

/// <summary>An epoch of a training that learns numbers, as <c>history.json</c> lists them; a head on frozen features has none.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the epoch's images, as trained: of values in standard deviations, with augmentation.</param>
/// <param name="ValidationLoss">The same on the validation images after the epoch, without augmentation.</param>
/// <param name="ValidationRootMeanSquaredError">In the values' unit, after the epoch.</param>
/// <param name="ValidationMeanAbsoluteError">In the values' unit, after the epoch.</param>
/// <param name="ValidationRSquared">After the epoch; null where all validation images have the same value.</param>
/// <param name="LearningRate">The last stage's, at the epoch's end.</param>
/// <param name="Seconds">Of training until then, those of earlier sessions included.</param>
public sealed record RegressionEpoch(
    int Epoch, double TrainLoss, double ValidationLoss, double ValidationRootMeanSquaredError, double ValidationMeanAbsoluteError,
    double? ValidationRSquared, double LearningRate, double Seconds)
    : TrainingEpoch
{
    internal override IReadOnlyList<(string Name, double Value)> Figures =>
    [
        ("RMSE", ValidationRootMeanSquaredError), ("MAE", ValidationMeanAbsoluteError),
        .. ValidationRSquared is double value ? [("R2", value)] : Array.Empty<(string, double)>(),
    ];

    /// <summary>A smaller loss.</summary>
    internal override bool IsBetterThan(TrainingEpoch earlier) => ValidationLoss < earlier.ValidationLoss;
}
