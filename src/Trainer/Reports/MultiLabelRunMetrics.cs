using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is reported of a model of labels as JSON: <c>metrics.json</c>.</summary>
public sealed record MultiLabelRunMetrics : RunMetrics
{
    /// <inheritdoc cref="MultiLabelReport.MeanAveragePrecision"/>
    public required double? MeanAveragePrecision { get; init; }

    /// <inheritdoc cref="MultiLabelReport.MicroF1"/>
    public required double MicroF1 { get; init; }

    /// <inheritdoc cref="MultiLabelReport.MacroF1"/>
    public required double? MacroF1 { get; init; }

    /// <inheritdoc cref="MultiLabelReport.RankingLoss"/>
    public required double RankingLoss { get; init; }

    /// <inheritdoc cref="MultiLabelReport.LogLoss"/>
    public required double LogLoss { get; init; }

    /// <summary>Figures of each label, in the model's order.</summary>
    public required IReadOnlyList<LabelFigures> Labels { get; init; }

    internal static MultiLabelRunMetrics Of(
        MultiLabelReport report, ImageFeaturizer featurizer, IReadOnlyList<SkippedImage> skipped, int trainImages, TimeSpan elapsed) => new()
        {
            MeanAveragePrecision = report.MeanAveragePrecision,
            MicroF1 = report.MicroF1,
            MacroF1 = report.MacroF1,
            RankingLoss = report.RankingLoss,
            LogLoss = report.LogLoss,
            Labels = report.Labels,
            TrainImages = trainImages,
            ValidationImages = report.Images,
            Skipped = skipped,
            Seconds = Math.Round(elapsed.TotalSeconds, 2),
            Backbone = featurizer.Architecture,
            Device = featurizer.Device,
        };
}
