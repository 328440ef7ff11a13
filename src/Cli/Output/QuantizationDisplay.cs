using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Cli;

/// <summary>Shows what quantizing does and what came of it.</summary>
internal sealed class QuantizationDisplay : IProgress<QuantizationProgress>, IDisposable
{
    private ProgressBar? bar;

    public void Report(QuantizationProgress value)
    {
        if (bar?.Key != value.What)
        {
            bar?.Dispose();
            bar = new ProgressBar(value.What, bytes: false);
        }

        bar.Show(value.What, value.Done, value.Total);
    }

    public void Dispose() => bar?.Dispose();

    /// <summary>Names that others read; what is not known is null.</summary>
    public static Dictionary<string, object?> Json(QuantizationReport report) => new()
    {
        ["cosine"] = report.Cosine,
        ["signalToNoise"] = double.IsFinite(report.SignalToNoise) ? report.SignalToNoise : null,
        ["top1Agreement"] = report.Top1Agreement,
        ["accuracyBefore"] = report.AccuracyBefore,
        ["accuracyAfter"] = report.AccuracyAfter,
        ["pValue"] = report.PValue,
        ["floatLayers"] = report.FloatLayers,
        ["floatOperators"] = report.FloatOperators,
        ["rewrites"] = report.Rewrites,
        ["bytes"] = report.Bytes,
        ["bytesBefore"] = report.BytesBefore,
        ["calibrationImages"] = report.CalibrationImages,
        ["checkImages"] = report.CheckImages,
        ["unreadable"] = report.Unreadable,
        ["imagesPerSecond"] = report.ImagesPerSecond,
        ["imagesPerSecondBefore"] = report.ImagesPerSecondBefore,
        ["processor"] = report.Processor,
        ["warnings"] = report.Warnings,
    };

    public static void Print(QuantizationReport report)
    {
        TextTable table = new TextTable(rounded: true).Left("").Right("before", "after");
        table.Row("size", $"{Megabytes(report.BytesBefore)} MB", $"{Megabytes(report.Bytes)} MB");
        table.Row("images/s", Text($"{report.ImagesPerSecondBefore:F1}"), Text($"{report.ImagesPerSecond:F1}"));
        if (report is { AccuracyBefore: double before, AccuracyAfter: double after })
            table.Row("accuracy", Text($"{before:F3}"), Text($"{after:F3}"));
        Terminal.Print(table);
        Terminal.Print(Text($"Features: cosine {report.Cosine:F5}, signal to noise {report.SignalToNoise:F1} dB, on {report.CheckImages} images that it was not calibrated on."));
        if (report.Top1Agreement is double agreement)
            Terminal.Print(Text($"The same class as before: {agreement:P1} of them{(report.PValue is double p ? $"; a difference of accuracy like this is chance with p = {p:F2} (McNemar)" : "")}."));
        foreach (string rewrite in report.Rewrites) Terminal.Print($"Rewritten: {rewrite}.");
        foreach (FloatOperator layer in report.FloatLayers) Terminal.Print($"Left in float: {layer.Name}, since {layer.Reason}.");
        Terminal.Print($"In float by design: {string.Join(", ", report.FloatOperators.Except(report.FloatLayers).CountBy(value => value.Operator).Select(count => count.Value == 1 ? count.Key : $"{count.Value} {count.Key}"))}.");
        Terminal.Print($"Measured on {report.Processor}, the bare network in batches of 8.");
    }

    private static string Megabytes(long bytes) => Text($"{bytes / 1e6:F1}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
