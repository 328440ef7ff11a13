using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The figures of a model of labels for people.</summary>
internal static class MultiLabelTables
{
    public static void Write(MultiLabelRunMetrics metrics)
    {
        TextTable table = new TextTable(rounded: true).Left("label").Right("average precision", "precision", "recall", "F1", "threshold", "images");
        foreach (LabelFigures label in metrics.Labels)
        {
            table.Row(label.Label, Number(label.AveragePrecision), Number(label.Precision), Number(label.Recall), Number(label.F1), Number(label.Threshold),
                $"{label.Images}");
        }
        Terminal.Print(table);
        Terminal.Print($"mAP {Number(metrics.MeanAveragePrecision)}, micro F1 {Number(metrics.MicroF1)}, macro F1 {Number(metrics.MacroF1)}, "
            + $"ranking loss {Number(metrics.RankingLoss)} on {metrics.ValidationImages} images.");
    }

    /// <summary>Prints a cross-validation.</summary>
    public static void Write(CrossValidation<MultiLabelRunMetrics> result, bool json)
    {
        // In a fold where no image has a label, there is no average precision to speak of.
        FoldEstimate precision = result.Estimate(fold => fold.MeanAveragePrecision ?? 0), micro = result.Estimate(fold => fold.MicroF1),
            macro = result.Estimate(fold => fold.MacroF1 ?? 0);
        if (json)
        {
            Terminal.Json(new { MeanAveragePrecision = precision, MicroF1 = micro, MacroF1 = macro, result.Folds });
            return;
        }
        TextTable table = new TextTable(rounded: true).Left("fold held out").Right("mAP", "micro F1", "macro F1", "images");
        foreach ((int fold, MultiLabelRunMetrics metrics) in result.Folds.Index())
            table.Row($"{fold + 1}", Number(metrics.MeanAveragePrecision), Number(metrics.MicroF1), Number(metrics.MacroF1), $"{metrics.ValidationImages}");
        table.Row("mean", Number(precision.Mean), Number(micro.Mean), Number(macro.Mean), "");
        table.Row("standard deviation", Number(precision.StandardDeviation), Number(micro.StandardDeviation), Number(macro.StandardDeviation), "");
        table.WriteTo(Terminal.Results);
        Terminal.Print($"mAP {Number(precision.Mean)}, with a standard error of {Number(precision.StandardError)}, over {result.Folds.Count} folds.");
    }

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "undefined";
}
