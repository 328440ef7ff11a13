using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using Spectre.Console;

namespace ResNetMLNet.Trainer.Reports;

/// <summary>A classification report for people.</summary>
internal static class ClassificationTables
{
    // A matrix of more classes is wider than a terminal; its largest mistakes say more.
    private const int LargestMatrix = 12;
    private const int MistakesShown = 15;

    public static void Write(IAnsiConsole console, Metrics metrics)
    {
        console.Write(metrics.Classes.Count <= LargestMatrix ? Matrix(metrics) : MistakesTable(metrics));
        console.Write(PerClass(metrics));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Accuracy {metrics.Accuracy:F3} (balanced {metrics.BalancedAccuracy:F3}) on {metrics.ValidationImages} images, "
            + $"log-loss {metrics.LogLoss:F3}, calibration error {metrics.ExpectedCalibrationError:F3}."));
    }

    public static void WriteSkipped(IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count == 0) return;
        Terminal.Say($"Skipped {skipped.Count} of the files:");
        foreach (SkippedImage image in skipped) Terminal.Say($"  {image.Path} {image.Reason}");
    }

    private static Table Matrix(Metrics metrics)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title("Confusion matrix: true class (row), predicted class (column)").AddColumn("");
        foreach (string name in metrics.Classes) table.AddColumn(Markup.Escape(name), column => column.RightAligned());
        foreach ((int row, string name) in metrics.Classes.Index())
        {
            table.AddRow([Markup.Escape(name), .. metrics.ConfusionMatrix[row].Select((count, column) => Cell(count, row == column))]);
        }
        return table;

        static string Cell(int count, bool right) => (count, right) switch
        {
            (0, _) => "[grey].[/]",
            (_, true) => $"[bold green]{count}[/]",
            _ => $"[red]{count}[/]",
        };
    }

    /// <summary>Confusions of two classes, the most frequent first, by their places in the matrix.</summary>
    public static IEnumerable<(int Row, int Column, int Count)> Mistakes(Metrics metrics) =>
        from row in Enumerable.Range(0, metrics.Classes.Count)
        from column in Enumerable.Range(0, metrics.Classes.Count)
        let count = metrics.ConfusionMatrix[row][column]
        where row != column && count > 0
        orderby count descending
        select (row, column, count);

    private static Table MistakesTable(Metrics metrics)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title("The most frequent mistakes").AddColumns("true class", "predicted class")
            .AddColumn("images", column => column.RightAligned());
        foreach ((int row, int column, int count) in Mistakes(metrics).Take(MistakesShown))
            table.AddRow(Markup.Escape(metrics.Classes[row]), Markup.Escape(metrics.Classes[column]), $"{count}");
        return table;
    }

    private static Table PerClass(Metrics metrics)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("class");
        foreach (string heading in new[] { "precision", "recall", "F1", "images" }) table.AddColumn(heading, column => column.RightAligned());
        foreach (ClassFigures figures in metrics.PerClass)
        {
            table.AddRow(Markup.Escape(figures.Label), Number(figures.Precision), Number(figures.Recall), Number(figures.F1), $"{figures.Images}");
        }
        return table;
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
