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

    /// <summary>Mean of the values that were trained on, in their unit; null for an evaluation, as the three below.</summary>
    public double? TrainMean { get; init; }

    /// <summary>Standard deviation of the values that were trained on, in their unit.</summary>
    public double? TrainDeviation { get; init; }

    /// <summary>The smallest value that was trained on.</summary>
    public double? TrainMinimum { get; init; }

    /// <summary>The largest value that was trained on.</summary>
    public double? TrainMaximum { get; init; }

    internal static RegressionRunMetrics Of(
        RegressionReport report, IReadOnlyList<double> train, ImageFeaturizer featurizer, IReadOnlyList<SkippedImage> skipped, TimeSpan elapsed)
    {
        double mean = train.DefaultIfEmpty().Average();
        bool trained = train.Count > 0;
        return new RegressionRunMetrics
        {
            RootMeanSquaredError = report.RootMeanSquaredError,
            MeanAbsoluteError = report.MeanAbsoluteError,
            RSquared = report.RSquared,
            TrainMean = trained ? mean : null,
            TrainDeviation = trained ? Math.Sqrt(train.Average(value => (value - mean) * (value - mean))) : null,
            TrainMinimum = trained ? train.Min() : null,
            TrainMaximum = trained ? train.Max() : null,
            TrainImages = train.Count,
            ValidationImages = report.Images,
            Skipped = skipped,
            Seconds = Math.Round(elapsed.TotalSeconds, 2),
            Backbone = featurizer.Architecture,
            Device = featurizer.Device,
        };
    }
}
