using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>compare</c>: results side by side, and whether their difference means anything.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Two or more folders that `train` wrote.",
            Arity = new ArgumentArity(
            2, 1000)
        };
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

        TextTable table = new TextTable(rounded: true).Left("result", "backbone", "trained part")
            .Right("accuracy", "95 % interval", "log-loss", "calibration error", "seconds", "model", "images");
        foreach (RunSummary run in runs)
        {
            table.Row(run.Folder, run.Backbone, run.Tune ?? "head", Number(run.Accuracy), Text(run.Interval), Number(run.LogLoss),
                run.ExpectedCalibrationError is double error
                    ? Number(error)
                    : "-", run.Seconds.ToString("F0", CultureInfo.InvariantCulture),
                Megabytes(run.ModelBytes), $"{run.TrainImages} + {run.ValidationImages}");
        }
        Terminal.Print(table);
        foreach (RunComparison comparison in comparisons) Terminal.Print(comparison.Text);
    }

    public static string Text(ProportionInterval interval) => $"{Number(interval.Low)} to {Number(interval.High)}";

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
