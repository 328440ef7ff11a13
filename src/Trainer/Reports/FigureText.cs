using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Figures in the unit of whatever is learned, which may be of any size: with four digits that count.</summary>
internal static class FigureText
{
    public static string Of(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>R² and others that have no unit, and may be undefined.</summary>
    public static string Of(double? figure) => figure is double value ? value.ToString("F3", CultureInfo.InvariantCulture) : "undefined";

    public static string Of(MultiLabelReport report) =>
        $"mAP {Of(report.MeanAveragePrecision)}, micro F1 {Of((double?)report.MicroF1)}, macro F1 {Of(report.MacroF1)}";

    public static string Of(RegressionReport report) =>
        $"RMSE {Of(report.RootMeanSquaredError)}, MAE {Of(report.MeanAbsoluteError)}, R² {Of(report.RSquared)}";
}
