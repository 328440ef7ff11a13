using System.Globalization;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The figures of a regression for people.</summary>
internal static class RegressionTables
{
    private static readonly (string Name, Func<RegressionRunMetrics, double?> Of)[] Figures =
    [
        ("RMSE", metrics => metrics.RootMeanSquaredError), ("MAE", metrics => metrics.MeanAbsoluteError), ("R²", metrics => metrics.RSquared),
    ];

    public static void Write(RegressionRunMetrics metrics) => Terminal.Print(
        $"{string.Join(", ", Figures.Select(figure => $"{figure.Name} {Number(figure.Of(metrics))}"))} on {metrics.ValidationImages} images.");

    /// <summary>Prints a cross-validation.</summary>
    public static void Write(CrossValidation<RegressionRunMetrics> result, bool json)
    {
        // Of the folds that have one: R² is undefined where all values of a fold are the same.
        FoldEstimate?[] estimates =
            [.. Figures.Select(figure => result.Folds.All(fold => figure.Of(fold) is not null) ? result.Estimate(fold => figure.Of(fold)!.Value) : null)];
        if (json)
        {
            Terminal.Json(new { RootMeanSquaredError = estimates[0], MeanAbsoluteError = estimates[1], RSquared = estimates[2], result.Folds });
            return;
        }
        TextTable table = new TextTable(rounded: true).Left("fold held out").Right([.. Figures.Select(figure => figure.Name), "images"]);
        foreach ((int fold, RegressionRunMetrics metrics) in result.Folds.Index())
            table.Row([$"{fold + 1}", .. Figures.Select(figure => (TextCell)Number(figure.Of(metrics))), $"{metrics.ValidationImages}"]);
        table.Row(["mean", .. estimates.Select(estimate => (TextCell)Number(estimate?.Mean)), ""]);
        table.Row(["standard deviation", .. estimates.Select(estimate => (TextCell)Number(estimate?.StandardDeviation)), ""]);
        table.WriteTo(Terminal.Results);
        Terminal.Print(
            $"RMSE {Number(estimates[0]?.Mean)}, with a standard error of {Number(estimates[0]?.StandardError)}, over {result.Folds.Count} folds.");
    }

    private static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "undefined";
}
