using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using Spectre.Console;

namespace ResNetMLNet.Cli;

/// <summary>A classification report for people.</summary>
internal static class ClassificationTables
{
    // A matrix of more classes is wider than a terminal; its largest mistakes say more.
    private const int LargestMatrix = 12;
    private const int MistakesShown = 15;

    public static void Write(Metrics metrics)
    {
        Terminal.Print(metrics.Classes.Count <= LargestMatrix ? Matrix(metrics) : MistakesTable(metrics));
        Terminal.Print(PerClass(metrics));
        Terminal.Print(string.Create(
            CultureInfo.InvariantCulture, $"Accuracy {metrics.Accuracy:F3} (balanced {metrics.BalancedAccuracy:F3}) on {metrics.ValidationImages} images, "
            + $"log-loss {metrics.LogLoss:F3}, calibration error {metrics.ExpectedCalibrationError:F3}."));
        if (Top(metrics) is { Length: > 0 } top) Terminal.Print(top);
        if (metrics.Baseline is { } baseline) Terminal.Print($"{baseline}");
        if (metrics.TemperatureScaling is { } scaling)
        {
            Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"Probabilities scaled by temperature {scaling.Temperature:F2}; "
                + $"without it log-loss {scaling.LogLossBefore:F3}, calibration error {scaling.CalibrationErrorBefore:F3}."));
        }
        if (metrics.Known is { } known)
        {
            string wanted = known.Keep is double keep ? string.Create(CultureInfo.InvariantCulture, $", {100 * keep:0.#} % wanted") : "";
            Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"Taken for known: {100 * known.Kept:F1} % of these images{wanted}."));
        }
    }

    public static void WriteSkipped(IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count == 0) return;
        Terminal.Say($"Skipped {skipped.Count} of the files:");
        foreach (SkippedImage image in skipped) Terminal.Say($"  {image.Path} {image.Reason}");
    }

    private static TextTable Matrix(Metrics metrics)
    {
        TextTable table = new TextTable(rounded: true, "Confusion matrix: true class (row), predicted class (column)").Left("").Right(
            metrics.Classes);
        foreach ((int row, string name) in metrics.Classes.Index())
            table.Row([name, .. metrics.ConfusionMatrix[row].Select((count, column) => Cell(count, row == column))]);
        return table;

        static TextCell Cell(int count, bool right) => (count, right) switch
        {
            (0, _) => new TextCell(".", Color.Grey),
            (_, true) => new TextCell($"{count}", new Style(Color.Green, decoration: Decoration.Bold)),
            _ => new TextCell($"{count}", Color.Red),
        };
    }

    private static TextTable MistakesTable(Metrics metrics)
    {
        TextTable table = new TextTable(rounded: true, "The most frequent mistakes").Left("true class", "predicted class").Right("images");
        foreach ((int row, int column, int count) in metrics.Mistakes.Take(MistakesShown))
            table.Row(metrics.Classes[row], metrics.Classes[column], $"{count}");
        return table;
    }

    private static TextTable PerClass(Metrics metrics)
    {
        TextTable table = new TextTable(rounded: true).Left("class").Right("precision", "recall", "F1", "ROC area", "PR area", "images");
        foreach (ClassFigures figures in metrics.PerClass)
            table.Row(figures.Label, Number(figures.Precision), Number(figures.Recall), Number(figures.F1), Number(figures.RocArea), Number(figures.AveragePrecision), $"{figures.Images}");
        return table;
    }

    /// <summary><c>Top-2 accuracy 0.925, top-3 0.975.</c>; empty for two classes, where it says nothing.</summary>
    private static string Top(Metrics metrics)
    {
        IEnumerable<string> accuracies = metrics.TopAccuracies.Index().Where(top => top.Index > 0 && top.Index + 1 < metrics.Classes.Count)
            .Select(top => $"{(top.Index == 1 ? "Top-2 accuracy" : $"top-{top.Index + 1}")} {Number(top.Item)}");
        return accuracies.Any() ? $"{string.Join(", ", accuracies)}." : "";
    }

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";
}
