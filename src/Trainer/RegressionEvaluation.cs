using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A regression measured on images whose value is known.</summary>
public sealed class RegressionEvaluation
{
    private readonly IReadOnlyList<LabeledFeatures> images;
    private readonly IReadOnlyList<double> predicted;
    private readonly RegressionDataSet data;

    private RegressionEvaluation(
        RegressionDataSet data, IReadOnlyList<LabeledFeatures> images, IReadOnlyList<double> predicted, RegressionReport report,
        RegressionRunMetrics metrics)
    {
        this.data = data;
        this.images = images;
        this.predicted = predicted;
        Report = report;
        Metrics = metrics;
    }

    /// <summary>How good it is.</summary>
    public RegressionReport Report { get; }

    /// <summary>The report's figures, what was skipped, and problems of the data.</summary>
    public RegressionRunMetrics Metrics { get; }

    /// <summary>Measures a regression.</summary>
    /// <param name="regressor">The model.</param>
    /// <param name="data">The images; those that it calls to train on are measured on, or where a list has splits those of test, else of val.</param>
    /// <param name="strict">Whether an image that cannot be read is an error; otherwise it is left out and reported.</param>
    /// <param name="progress">Hears of the work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">No image can be read.</exception>
    public static RegressionEvaluation Of(
        ImageRegressor regressor, RegressionDataSet data, bool strict = false, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(regressor);
        ArgumentNullException.ThrowIfNull(data);
        var clock = Stopwatch.StartNew();
        TrainingImages listed = data.Images.ListToMeasure(allowMissingClasses: true);
        listed.SayExcluded(progress);
        listed.SayLeftOut(strict, progress);
        var featurized = FeaturizedImages.Of(regressor.Featurizer, listed.Train, strict, allowMissingClasses: true, progress, cancellationToken);
        SkippedImage[] skipped = [.. listed.LeftOut, .. featurized.Skipped];
        double[] predicted = [.. regressor.Predict(featurized.Images.Select(image => new ImageFeatures(image.ImagePath, image.Features, null)))
            .Select(image => image.Value!.Value)];
        var report = RegressionReport.Of(RegressionTask.Values(featurized.Images), predicted);
        RegressionRunMetrics metrics = RegressionRunMetrics.Of(report, train: [], regressor.Featurizer, skipped, clock.Elapsed) with
        {
            Problems =
            [
                .. ResultProblems.Find(report),
                .. DataProblems.FindWithValues([], featurized.Images, skipped, pretrained: true, cancellationToken),
            ],
        };
        return new RegressionEvaluation(data, featurized.Images, predicted, report, metrics);
    }

    /// <summary>Writes a report as one HTML file: figures, predicted against true values, the largest errors.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="model">The model's file or folder, as the report is to name it.</param>
    /// <param name="command">What a person types to do the same again; null leaves that out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void SaveReport(string path, string model, string? command = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var run = new RunDescription
        {
            Title = data.Name,
            Model = Path.TrimEndingDirectorySeparator(model),
            Command = command,
            Configuration = [("model", model), ("measured on", data.Images.TrainedOn)],
        };
        WholeFile.WriteText(path, RegressionRunReport.Of(run, Metrics, images, predicted, cancellationToken).Page());
    }
}
