using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The page of a model of labels: figures, those of each label, the worst images.</summary>
internal static class MultiLabelPage
{
    public static string Html(MultiLabelRunReport report) =>
        PageFrame.Html(report.Run, report.Metrics, report.ProblemPictures, new PageContent
        {
            Headline = $"mAP {FigureText.Of(report.Metrics.MeanAveragePrecision)}",
            Kind = $"An image classifier of {report.Metrics.Labels.Count} labels, of which an image has any number",
            Body = PageTemplate.Render("multilabel.html", Model(report)),
            Commands = [CommandText.Of("predict", report.Run.Model, "PHOTO.jpg")],
            Code = UsageCode.OfMultiLabel(report.Run.Model),
        });

    private static object Model(MultiLabelRunReport report)
    {
        MultiLabelRunMetrics metrics = report.Metrics;
        return new
        {
            MeanAveragePrecision = FigureText.Of(metrics.MeanAveragePrecision),
            MicroF1 = Number(metrics.MicroF1),
            MacroF1 = FigureText.Of(metrics.MacroF1),
            RankingLoss = Number(metrics.RankingLoss),
            metrics.TrainImages,
            Labels = metrics.Labels.Select(label => new
            {
                label.Label,
                AveragePrecision = FigureText.Of(label.AveragePrecision),
                Precision = Number(label.Precision),
                Recall = Number(label.Recall),
                F1 = Number(label.F1),
                Threshold = Number(label.Threshold),
                label.Images,
            }),
            LearningCurves = ReportCharts.LearningCurves(report.Run.History, "map", "mAP on validation images", "Validation mAP by epoch"),
            Worst = report.Worst.Select(shown => new
            {
                Labels = LabelSet.Shown(shown.Image.Labels),
                Predicted = LabelSet.Shown(shown.Image.Predicted),
                shown.Image.ShortPath,
                Data = shown.Jpeg is null ? null : Convert.ToBase64String(shown.Jpeg),
            }),
        };
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
