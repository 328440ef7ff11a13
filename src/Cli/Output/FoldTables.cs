using System.Globalization;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Prints a cross-validation.</summary>
internal static class FoldTables
{
    private static readonly (string Name, Func<Metrics, double> Of)[] Figures =
    [
        ("accuracy", metrics => metrics.Accuracy), ("balanced accuracy", metrics => metrics.BalancedAccuracy),
        ("log-loss", metrics => metrics.LogLoss), ("calibration error", metrics => metrics.ExpectedCalibrationError),
    ];

    public static void Write(CrossValidation<Metrics> result, bool json)
    {
        FoldEstimate[] estimates = [.. Figures.Select(figure => result.Estimate(figure.Of))];
        if (json)
        {
            Terminal.Json(new
            {
                Accuracy = estimates[0],
                BalancedAccuracy = estimates[1],
                LogLoss = estimates[2],
                ExpectedCalibrationError = estimates[3],
                result.Folds,
            });
            return;
        }
        TextTable table = new TextTable(rounded: true).Left("fold held out").Right([.. Figures.Select(figure => figure.Name), "images"]);
        foreach ((int fold, Metrics metrics) in result.Folds.Index())
            table.Row([$"{fold + 1}", .. Figures.Select(figure => (TextCell)Number(figure.Of(metrics))), $"{metrics.ValidationImages}"]);
        table.Row(["mean", .. estimates.Select(estimate => (TextCell)Number(estimate.Mean)), ""]);
        table.Row(["standard deviation", .. estimates.Select(estimate => (TextCell)Number(estimate.StandardDeviation)), ""]);
        table.WriteTo(Terminal.Results);
        Terminal.Print(
            $"Accuracy {Number(estimates[0].Mean)}, with a standard error of {Number(estimates[0].StandardError)}, over {result.Folds.Count} folds.");
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
