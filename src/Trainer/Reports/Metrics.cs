using System.Text.Json.Serialization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What <c>train</c> and <c>evaluate</c> report of a classifier as JSON: <c>metrics.json</c> and <c>--json</c>.</summary>
public sealed record Metrics : RunMetrics
{
    /// <summary>Right predictions, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean of -ln(probability of the true class).</summary>
    public required double LogLoss { get; init; }

    /// <summary>Mean of the classes' recall.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Mean distance between probability and accuracy over 15 bins, 0 to 1 (Guo et al. 2017, arXiv:1706.04599).</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>[k - 1]: images whose class is among the k most probable, 0 to 1, up to 5.</summary>
    public IReadOnlyList<double> TopAccuracies { get; init; } = [];

    /// <summary>Mean over the classes of the area under the ROC curve, 0 to 1; null where no class has one.</summary>
    public double? MacroRocArea { get; init; }

    /// <summary>Mean over the classes of the area under the precision-recall curve, 0 to 1.</summary>
    public double? MacroAveragePrecision { get; init; }

    /// <summary>Another model on the same images, where one was named to compare with.</summary>
    public BaselineComparison? Baseline { get; init; }

    /// <summary>How the probabilities were scaled, and the figures without; null where they were not.</summary>
    public TemperatureScaling? TemperatureScaling { get; init; }

    /// <summary>How many images are taken for known; null where the model cannot tell.</summary>
    public KnownImages? Known { get; init; }

    /// <summary>The classes, in the order of <see cref="ConfusionMatrix"/>.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Precision, recall, F1 and images of each class.</summary>
    public required IReadOnlyList<ClassFigures> PerClass { get; init; }

    /// <summary>Images by true class (row) and predicted class (column).</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>Images by the probability of their predicted class: 15 bins of equal width from 0 to 1.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>Confusions of two classes, the most frequent first, by their places in the matrix.</summary>
    [JsonIgnore]
    public IEnumerable<(int Row, int Column, int Count)> Mistakes =>
        from row in Enumerable.Range(0, Classes.Count)
        from column in Enumerable.Range(0, Classes.Count)
        let count = ConfusionMatrix[row][column]
        where row != column && count > 0
        orderby count descending
        select (row, column, count);

    internal static Metrics Of(
        ClassificationReport report, ImageFeaturizer featurizer, IReadOnlyList<SkippedImage> skipped, int trainImages,
        TimeSpan elapsed) => new()
        {
            Accuracy = report.Accuracy,
            LogLoss = report.LogLoss,
            BalancedAccuracy = report.BalancedAccuracy,
            ExpectedCalibrationError = report.ExpectedCalibrationError,
            TopAccuracies = report.TopAccuracies,
            MacroRocArea = report.MacroRocArea,
            MacroAveragePrecision = report.MacroAveragePrecision,
            Classes = report.Classes,
            TrainImages = trainImages,
            ValidationImages = report.PerClass.Sum(figures => figures.Images),
            Skipped = skipped,
            Seconds = Math.Round(elapsed.TotalSeconds, 2),
            PerClass = report.PerClass,
            ConfusionMatrix = report.ConfusionMatrix,
            Calibration = report.Calibration,
            Backbone = featurizer.Architecture,
            Device = featurizer.Device,
        };
}
