using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Figures in the unit of whatever is learned, which may be of any size: with four digits that count.</summary>
internal static class FigureText
{
    public static string Of(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>R², which has no unit.</summary>
    public static string Of(double? rSquared) => rSquared is double value ? value.ToString("F3", CultureInfo.InvariantCulture) : "undefined";

    public static string Of(RegressionReport report) =>
        $"RMSE {Of(report.RootMeanSquaredError)}, MAE {Of(report.MeanAbsoluteError)}, R² {Of(report.RSquared)}";
}
