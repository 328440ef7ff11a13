using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using static ResNetMLNet.Trainer.CardText;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A model's card, as Markdown with the front matter that the Hugging Face hub reads: what it is for, what it was made from and how good it
/// is (Mitchell et al. 2019, arXiv:1810.03993).
/// </summary>
internal static class ModelCard
{
    public static string Of(RunReport report)
    {
        Metrics metrics = report.Metrics;
        RunDescription run = report.Run;
        ProportionInterval interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages);
        string title = Text(run.Title);
        return string.Create(CultureInfo.InvariantCulture, $"""
            ---
            library_name: ResNetMLNet
            pipeline_tag: image-classification
            tags: [ml-net, onnx, {Yaml(metrics.Backbone)}]
            model-index:
              - name: {Yaml(run.Title)}
                results:
                  - task: {"{"} type: image-classification {"}"}
                    dataset: {"{"} name: {Yaml(run.Title)}, type: imagefolder {"}"}
                    metrics:
                      - {"{"} type: accuracy, value: {metrics.Accuracy:F4} {"}"}
                      - {"{"} type: loss, value: {metrics.LogLoss:F4} {"}"}
            ---

            # {title}
            {Warning(run)}
            Tells photos of {metrics.Classes.Count} classes apart: {string.Join(", ", metrics.Classes.Select(Text))}.

            ## Intended use

            One label, of those above, for a photo like those that it was trained on. It knows no other class. {Unknown(metrics)}

            ## Figures

            | figure | value |
            |---|---|
            | accuracy | {metrics.Accuracy:F3}, at 95 % confidence {interval.Low:F3} to {interval.High:F3} |
            | balanced accuracy | {metrics.BalancedAccuracy:F3} |
            | log-loss | {metrics.LogLoss:F3} |
            | expected calibration error | {metrics.ExpectedCalibrationError:F3} |{Kept(metrics)}

            Measured on {metrics.ValidationImages} images held back from training; what is known against them stands under limits.{Mixing(metrics)}

            | class | precision | recall | images |
            |---|---:|---:|---:|
            {string.Join('\n', metrics.PerClass.Select(PerClass))}

            ## Data

            {metrics.TrainImages} images trained on, {metrics.ValidationImages} validated on, {metrics.Skipped.Count} files skipped.

            {string.Join('\n', run.Configuration.Select(setting => $"- {setting.Name}: {Text(setting.Value)}"))}

            The backbone's weights keep the licence of their origin, named there in parentheses. The classifier on top was made from the images above; who owns
            those decides on it.

            ## Limits

            - The figures hold for photos from the same source. Other cameras, places or seasons may give lower ones.
            - {metrics.ValidationImages} images make the accuracy no surer than the interval above.
            {string.Join('\n', [.. Problems(metrics), .. metrics.NotChecked.Select(note => $"- {Text(note)}")])}

            ## How to use

            {Code("csharp", UsageCode.Of(run.Model))}

            {Code("", $"{CommandText.Of("predict", run.Model, "PHOTO.jpg")}\n{CommandText.Of("explain", run.Model, "PHOTO.jpg", "--output", "overlay.png")}")}

            ## How it was made

            {(run.Command is null ? "" : $"{Code("", run.Command)}\n\n")}{string.Join(", ", metrics.Versions.Select(version => $"{version.Key} {version.Value}"))}.

            """);
    }

    private static string Unknown(Metrics metrics) => metrics.Known is null
        ? "A photo of anything else is given one of its classes too, often with a low probability."
        : """
            A photo of anything else is given
            one of its classes too; `IsKnown` and `UnknownScore` say that it is unlike the photos trained on, and miss some that are.
            """;

    private static string Kept(Metrics metrics) => metrics.Known is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"\n| taken for known | {known.Kept:F3} |")
        : "";

    private static string PerClass(ClassFigures figures) =>
        string.Create(
            CultureInfo.InvariantCulture, $"| {Text(figures.Label)} | {figures.Precision:F3} | {figures.Recall:F3} | {figures.Images} |");
}
