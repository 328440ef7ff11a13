using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResNetMLNet.Trainer;

/// <summary>What a result folder says of its run.</summary>
public sealed record RunSummary
{
    /// <summary>The folder, as the user named it.</summary>
    public required string Folder { get; init; }

    /// <summary>The architecture.</summary>
    public required string Backbone { get; init; }

    /// <summary>What was trained besides the head; null where nothing was.</summary>
    public string? Tune { get; init; }

    /// <summary>Right predictions, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Of <see cref="Accuracy"/>, at 95 % confidence.</summary>
    public required ProportionInterval Interval { get; init; }

    /// <summary>Mean of -ln(probability of the true class).</summary>
    public required double LogLoss { get; init; }

    /// <summary>Null where an earlier version wrote the result.</summary>
    public double? ExpectedCalibrationError { get; init; }

    /// <summary>Time that the training took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Bytes of model.zip.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Images trained on.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images validated on.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>What became of each validation image; empty where an earlier version wrote the result.</summary>
    internal IReadOnlyList<PredictedImage> Predictions { get; init; } = [];

    /// <summary>Reads a folder of results.</summary>
    /// <exception cref="TrainingException">There is no such folder, or it is no result.</exception>
    /// <exception cref="InvalidDataException">A file in it is damaged.</exception>
    public static RunSummary Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new TrainingException($"The folder '{folder}' does not exist.");
        ResultFolder.Recover(folder);
        string metricsPath = Path.Combine(folder, ResultFolder.Metrics), modelPath = Path.Combine(folder, ResultFolder.Model),
        predictionsPath = Path.Combine(folder, ResultFolder.Predictions);
        foreach (string needed in new[] { metricsPath, modelPath })
            if (!File.Exists(needed))
                throw new TrainingException($"'{folder}' is not a result of a training: it has no {Path.GetFileName(needed)}. Name folders that a training or a sweep wrote.");

        MetricsFile metrics = ReadMetrics(metricsPath);
        return new RunSummary
        {
            Folder = Path.TrimEndingDirectorySeparator(folder),
            Backbone = metrics.Backbone,
            Tune = metrics.Tune,
            Accuracy = metrics.Accuracy,
            Interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages),
            LogLoss = metrics.LogLoss,
            ExpectedCalibrationError = metrics.ExpectedCalibrationError,
            Seconds = metrics.Seconds,
            ModelBytes = new FileInfo(modelPath).Length,
            TrainImages = metrics.TrainImages,
            ValidationImages = metrics.ValidationImages,
            Predictions = File.Exists(predictionsPath) ? PredictedImage.Read(predictionsPath) : [],
        };
    }

    private static MetricsFile ReadMetrics(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            var figures = JsonNode.Parse(text) as JsonObject;
            if (figures?.ContainsKey("rootMeanSquaredError") == true)
                throw new TrainingException($"'{path}' is of a regression. Only classifiers can be compared.");
            if (figures?.ContainsKey("meanAveragePrecision") == true)
                throw new TrainingException($"'{path}' is of images with any number of labels. Only classifiers of one class can be compared.");
            MetricsFile metrics = JsonSerializer.Deserialize<MetricsFile>(text, ReportJson.Options) ?? throw new JsonException("it is null");
            Require(metrics.Accuracy is >= 0 and <= 1, nameof(metrics.Accuracy), metrics.Accuracy, "0 to 1");
            Require(metrics.LogLoss >= 0, nameof(metrics.LogLoss), metrics.LogLoss, "0 or more");
            Require(metrics.ExpectedCalibrationError is null or (>= 0 and <= 1), nameof(metrics.ExpectedCalibrationError),
                metrics.ExpectedCalibrationError ?? 0, "0 to 1");
            Require(metrics.Seconds >= 0, nameof(metrics.Seconds), metrics.Seconds, "0 or more");
            Require(metrics.TrainImages >= 0, nameof(metrics.TrainImages), metrics.TrainImages, "0 or more");
            Require(metrics.ValidationImages > 0, nameof(metrics.ValidationImages), metrics.ValidationImages, "more than 0");
            return metrics;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message.TrimEnd('.')}.", e);
        }

        static void Require(bool holds, string name, double value, string rule)
        {
            if (!holds) throw new JsonException(
                FormattableString.Invariant($"{JsonNamingPolicy.CamelCase.ConvertName(name)} is {value}, and has to be {rule}"));
        }
    }

    /// <summary>What is read of metrics.json; the rest may change.</summary>
    private sealed record MetricsFile
    {
        public required string Backbone { get; init; }
        public string? Tune { get; init; }
        public required double Accuracy { get; init; }
        public required double LogLoss { get; init; }
        public double? ExpectedCalibrationError { get; init; }
        public required double Seconds { get; init; }
        public required int TrainImages { get; init; }
        public required int ValidationImages { get; init; }
    }
}
