using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Trainer.Reports;
using ResNetMLNet.Trainer.Reports.Comparing;
using Spectre.Console;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>compare</c>: results side by side, and whether their difference means anything.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("DIR") { Description = "Folders that `train` wrote, two at least.", Arity = new ArgumentArity(2, 1000) };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("compare", "Shows results side by side, and whether they differ by more than chance.") { folders, json };
        command.SetAction(arguments => Run(arguments.GetValue(folders)!, arguments.GetValue(json)));
        return command;
    }

    private static void Run(string[] folders, bool json)
    {
        RunSummary[] runs = [.. folders.Select(RunSummary.Read)];
        IReadOnlyList<RunComparison> comparisons = RunComparison.Of(runs);
        if (json)
        {
            Terminal.Json(new { runs, comparisons });
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).AddColumns("result", "backbone", "trained part");
        foreach (string heading in new[] { "accuracy", "95 % interval", "log-loss", "calibration error", "seconds", "model", "images" })
            table.AddColumn(heading, column => column.RightAligned());
        foreach (RunSummary run in runs)
        {
            table.AddRow(Markup.Escape(run.Folder), run.Backbone, Markup.Escape(run.Tune ?? "head"), Number(run.Accuracy), Text(run.Interval), Number(run.LogLoss),
                run.ExpectedCalibrationError is double error ? Number(error) : "-", run.Seconds.ToString("F0", CultureInfo.InvariantCulture),
                Megabytes(run.ModelBytes), $"{run.TrainImages} + {run.ValidationImages}");
        }
        Terminal.Results.Write(table);
        foreach (RunComparison comparison in comparisons) Terminal.Results.WriteLine(comparison.Text);
    }

    public static string Text(ProportionInterval interval) => $"{Number(interval.Low)} to {Number(interval.High)}";

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
