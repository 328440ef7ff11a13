using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is reported of a regression as JSON: <c>metrics.json</c>.</summary>
public sealed record RegressionRunMetrics : RunMetrics
{
    /// <summary>Root of the mean squared error, in the values' unit.</summary>
    public required double RootMeanSquaredError { get; init; }

    /// <summary>Mean of the errors' magnitudes, in the values' unit.</summary>
    public required double MeanAbsoluteError { get; init; }

    /// <summary>As <see cref="RegressionReport.RSquared"/> has it; null where all validation images have the same value.</summary>
    public required double? RSquared { get; init; }

    /// <summary>Mean of the values that were trained on, in their unit.</summary>
    public required double TrainMean { get; init; }

    /// <summary>Standard deviation of the values that were trained on, in their unit.</summary>
    public required double TrainDeviation { get; init; }

    /// <summary>The smallest value that was trained on.</summary>
    public required double TrainMinimum { get; init; }

    /// <summary>The largest value that was trained on.</summary>
    public required double TrainMaximum { get; init; }

    internal static RegressionRunMetrics Of(
        RegressionReport report, IReadOnlyList<double> train, ImageFeaturizer featurizer, IReadOnlyList<SkippedImage> skipped, TimeSpan elapsed)
    {
        double mean = train.Average();
        return new RegressionRunMetrics
        {
            RootMeanSquaredError = report.RootMeanSquaredError,
            MeanAbsoluteError = report.MeanAbsoluteError,
            RSquared = report.RSquared,
            TrainMean = mean,
            TrainDeviation = Math.Sqrt(train.Average(value => (value - mean) * (value - mean))),
            TrainMinimum = train.Min(),
            TrainMaximum = train.Max(),
            TrainImages = train.Count,
            ValidationImages = report.Images,
            Skipped = skipped,
            Seconds = Math.Round(elapsed.TotalSeconds, 2),
            Backbone = featurizer.Architecture,
            Device = featurizer.Device,
        };
    }
}
