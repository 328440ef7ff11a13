using System.Globalization;
using static ResNetMLNet.Trainer.CardText;

namespace ResNetMLNet.Trainer;

/// <summary>The card of a model that gives any number of labels, as <see cref="ModelCard"/> is of one that gives one class.</summary>
internal static class MultiLabelCard
{
    public static string Of(MultiLabelRunReport report)
    {
        MultiLabelRunMetrics metrics = report.Metrics;
        RunDescription run = report.Run;
        return string.Create(CultureInfo.InvariantCulture, $"""
            ---
            library_name: ResNetMLNet
            tags: [ml-net, onnx, multi-label-image-classification, {Yaml(metrics.Backbone)}]
            ---

            # {Text(run.Title)}
            {Warning(run)}
            Gives a photo any number of {metrics.Labels.Count} labels, or none: {string.Join(", ", metrics.Labels.Select(label => Text(label.Label)))}.

            ## Intended use

            Labels of those above for a photo like those that it was trained on. Each label has a probability of its own, whatever the others have, and
            is given from its threshold on.

            ## Figures

            | figure | value |
            |---|---|
            | mAP, mean of the labels' average precision | {FigureText.Of(metrics.MeanAveragePrecision)} |
            | micro F1, of all decisions together | {metrics.MicroF1:F3} |
            | macro F1, mean of the labels' F1 | {FigureText.Of(metrics.MacroF1)} |
            | ranking loss | {metrics.RankingLoss:F3} |

            | label | average precision | precision | recall | F1 | threshold | images |
            |---|---|---|---|---|---|---|
            {string.Join('\n', metrics.Labels.Select(label => string.Create(CultureInfo.InvariantCulture,
                $"| {Text(label.Label)} | {FigureText.Of(label.AveragePrecision)} | {label.Precision:F3} | {label.Recall:F3} | {label.F1:F3} | {label.Threshold:F3} | {label.Images} |")))}

            Measured on {metrics.ValidationImages} images held back from training, also from the choice of thresholds; what is known against them stands under limits.{Mixing(metrics)}

            ## Data

            {metrics.TrainImages} images trained on, {metrics.ValidationImages} validated on, {metrics.Skipped.Count} files skipped.

            {string.Join('\n', run.Configuration.Select(setting => $"- {setting.Name}: {Text(setting.Value)}"))}

            The backbone's weights keep the licence of their origin, named there in parentheses. The head on top was made from the images above; who owns
            those decides on it.

            ## Limits

            - The figures hold for photos from the same source. Other cameras, places or seasons may give more errors.
            {string.Join('\n', [.. Problems(metrics), .. metrics.NotChecked.Select(note => $"- {Text(note)}")])}

            ## How to use

            {Code("csharp", UsageCode.OfMultiLabel(run.Model))}

            ## How it was made

            {(run.Command is null ? "" : $"{Code("", run.Command)}\n\n")}{string.Join(", ", metrics.Versions.Select(version => $"{version.Key} {version.Value}"))}.

            """);
    }
}
