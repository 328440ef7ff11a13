using System.Globalization;
using System.Text.Json;
using ResNetMLNet.MLNetPipelines;

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

            One label, of those above, for a photo like those that it was trained on. It knows no other class and no "none of them":
            a photo of anything else is given one of its classes too, often with a low probability.

            ## Figures

            | figure | value |
            |---|---|
            | accuracy | {metrics.Accuracy:F3}, at 95 % confidence {interval.Low:F3} to {interval.High:F3} |
            | balanced accuracy | {metrics.BalancedAccuracy:F3} |
            | log-loss | {metrics.LogLoss:F3} |
            | expected calibration error | {metrics.ExpectedCalibrationError:F3} |

            Measured on {metrics.ValidationImages} images held back from training; what is known against them stands under limits.

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
            {string.Join('\n', [.. Problems(report), .. metrics.NotChecked.Select(note => $"- {Text(note)}")])}

            ## How to use

            {Code("csharp", UsageCode.Of(run.Model))}

            {Code("", $"{CommandText.Of("predict", run.Model, "PHOTO.jpg")}\n{CommandText.Of("explain", run.Model, "PHOTO.jpg", "--output", "overlay.png")}")}

            ## How it was made

            {(run.Command is null ? "" : $"{Code("", run.Command)}\n\n")}{string.Join(", ", metrics.Versions.Select(version => $"{version.Key} {version.Value}"))}.

            """);
    }

    private static string Warning(RunDescription run) => run.Warning is null ? "" : $"\n> **Warning**: {Text(run.Warning)}\n";

    private static string PerClass(ClassFigures figures) =>
        string.Create(
            CultureInfo.InvariantCulture, $"| {Text(figures.Label)} | {figures.Precision:F3} | {figures.Recall:F3} | {figures.Images} |");

    private static IEnumerable<string> Problems(RunReport report) =>
        report.Metrics.Problems.GroupBy(problem => problem.Kind).Select(kind => kind.Count() == 1
        ? $"- Known problem, {kind.Key}: {Text(kind.Single().Message)}"
        : $"- Known problem, {kind.Key}, found {kind.Count()} times. The first: {Text(kind.First().Message)}");

    // A fence longer than any run of backticks inside, so that no name closes it.
    private static string Code(string language, string text)
    {
        int longest = 0, run = 0;
        foreach (char c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        string fence = new('`', Math.Max(3, longest + 1));
        return $"{fence}{language}\n{text}\n{fence}";
    }

    // JSON's strings are YAML's.
    private static string Yaml(string text) => JsonSerializer.Serialize(text, ReportJson.Options);

    // What Markdown, or HTML in it, would take for its own.
    private static string Text(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Select(c => "\\`*_[]<>|&#".Contains(c) ? $"\\{c}" : $"{c}"));
}
