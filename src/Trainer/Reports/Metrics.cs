using System.Text.Json.Serialization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What <c>train</c> and <c>evaluate</c> report as JSON: <c>metrics.json</c> and <c>--json</c>.</summary>
public sealed record Metrics
{
    /// <summary>Right predictions, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean of -ln(probability of the true class).</summary>
    public required double LogLoss { get; init; }

    /// <summary>Mean of the classes' recall.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Mean distance between probability and accuracy over 15 bins, 0 to 1 (Guo et al. 2017, arXiv:1706.04599).</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The classes, in the order of <see cref="ConfusionMatrix"/>.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Images that this run trained on; 0 for an evaluation.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images that the figures are of.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>Images that could not be read.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>Files and folders that the folder holds besides images.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>What the figures do not show, the gravest first.</summary>
    public IReadOnlyList<DataProblem> Problems { get; init; } = [];

    /// <summary>Which problems were not looked for and why, as whole sentences.</summary>
    public IReadOnlyList<string> NotChecked { get; init; } = [];

    /// <summary>Time that the run took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Precision, recall, F1 and images of each class.</summary>
    public required IReadOnlyList<ClassFigures> PerClass { get; init; }

    /// <summary>Images by true class (row) and predicted class (column).</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>Images by the probability of their predicted class: 15 bins of equal width from 0 to 1.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The architecture.</summary>
    public required string Backbone { get; init; }

    /// <summary>How the head was fitted, where it was.</summary>
    public HeadSettings? Head { get; init; }

    /// <summary>Where the backbone's weights came from; only the run that chose them says so.</summary>
    public string? Weights { get; init; }

    /// <summary>What was trained: head, last-stage, all or scratch; only the run that did it says so.</summary>
    public string? Tune { get; init; }

    /// <summary>The seed; only a training has one.</summary>
    public int? Seed { get; init; }

    /// <summary>What computed the features, and why that.</summary>
    public required string Device { get; init; }

    /// <summary>Versions of the libraries that computed.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; } = ResNetMLNet.Trainer.Versions.All;

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

/// <summary>An image that could not be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why, as the end of a sentence that starts with the file.</param>
public sealed record SkippedImage(string Path, string Reason)
{
    /// <summary>What <see cref="TrainingOptions.Strict"/> makes of it.</summary>
    public TrainingException Refusal() => new($"'{Path}' {Reason}. Without {Setting.Strict} it would be skipped.");
}
