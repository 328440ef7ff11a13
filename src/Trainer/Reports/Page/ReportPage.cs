using System.Globalization;

namespace ResNetMLNet.Trainer;

/// <summary>The page of a classifier: figures, plots, mistakes, where the model looks.</summary>
internal static class ReportPage
{
    // A larger matrix is unreadable on any screen; the most frequent mistakes say more.
    private const int LargestMatrix = 25, ConfusionsShown = 30;

    public static string Html(RunReport report)
    {
        Metrics metrics = report.Metrics;
        return PageFrame.Html(report.Run, metrics, report.ProblemPictures, new PageContent
        {
            Headline = Percent(metrics.Accuracy),
            Kind = $"An image classifier of {metrics.Classes.Count} classes",
            Body = PageTemplate.Render("classification.html", Model(report)),
            Commands =
            [
                CommandText.Of("predict", report.Run.Model, "PHOTO.jpg"),
                CommandText.Of("explain", report.Run.Model, "PHOTO.jpg", "--output", "overlay.png"),
            ],
            Code = UsageCode.Of(report.Run.Model),
        });
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    public static void Write(RunReport report, string path) => WholeFile.WriteText(path, Html(report));

    private static object Model(RunReport report)
    {
        Metrics metrics = report.Metrics;
        ProportionInterval interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages);
        return new
        {
            Accuracy = Percent(metrics.Accuracy),
            Low = Percent(interval.Low),
            High = Percent(interval.High),
            Balanced = Percent(metrics.BalancedAccuracy),
            LogLoss = Number(metrics.LogLoss),
            CalibrationError = Number(metrics.ExpectedCalibrationError),
            metrics.TrainImages,
            metrics.ValidationImages,
            Classes = metrics.PerClass.Select(figures => new
            {
                figures.Label,
                Precision = Number(figures.Precision),
                Recall = Number(figures.Recall),
                F1 = Number(figures.F1),
                RocArea = Number(figures.RocArea),
                AveragePrecision = Number(figures.AveragePrecision),
                figures.Images,
            }),
            Baseline = metrics.Baseline?.ToString(),
            Matrix = metrics.Classes.Count <= LargestMatrix ? Matrix(metrics) : null,
            Confusions = metrics.Classes.Count <= LargestMatrix ? null : Confusions(metrics),
            LearningCurves = ReportCharts.LearningCurves(report.Run.History, "accuracy", "accuracy on validation images", "Validation accuracy by epoch"),
            Reliability = ReportCharts.Reliability(metrics.Calibration),
            Scaling = metrics.TemperatureScaling is { } scaling ? new
            {
                Temperature = scaling.Temperature.ToString("F2", CultureInfo.InvariantCulture),
                LogLoss = Number(scaling.LogLossBefore),
                Error = Number(scaling.CalibrationErrorBefore),
            } : null,
            Known = metrics.Known is not { } known || report.UnknownScores.Count == 0 ? null : new
            {
                Kept = Percent(known.Kept),
                Keep = known.Keep is double keep ? Percent(keep) : null,
                Histogram = ReportCharts.UnknownScores(report.UnknownScores),
            },
            Mistakes = report.Mistakes.Select(Picture),
            Doubts = report.Doubts.Select(Picture),
            Explained = report.Explained.Select(explained => new { explained.Label, Images = explained.Images.Select(Picture) }),
            report.Unexplained,
            Embedding = report.Embedding.Count == 0 ? null : ReportCharts.Embedding(report.Embedding, metrics.Classes),
            EmbeddedImages = report.Embedding.Count,
            Legend = metrics.Classes.Select(
                (label, i) => new { Label = label, Color = Css(ReportCharts.ClassColor(i, metrics.Classes.Count)) }),
        };
    }

    private static IEnumerable<object> Matrix(Metrics metrics) => metrics.Classes.Select((label, row) => new
    {
        Label = label,
        Cells = metrics.ConfusionMatrix[row].Select((count, column) => new
        {
            Count = count,
            Kind = count == 0 ? "none" : row == column ? "right" : "wrong",
            // Of the class's images, so that rare classes show too.
            Share = (100.0 * count / Math.Max(1, metrics.ConfusionMatrix[row].Sum())).ToString("F0", CultureInfo.InvariantCulture),
        }),
    });

    private static IEnumerable<object> Confusions(Metrics metrics) => metrics.Mistakes.Take(ConfusionsShown)
        .Select(mistake => new { True = metrics.Classes[mistake.Row], Predicted = metrics.Classes[mistake.Column], mistake.Count });

    private static object Picture(ShownImage shown) => new
    {
        shown.Image.Label,
        shown.Image.Predicted,
        shown.Image.Right,
        shown.Image.ShortPath,
        Probability = Percent(shown.Image.Probability),
        LabelProbability = Percent(shown.Image.LabelProbability),
        Data = shown.Jpeg is null ? null : Convert.ToBase64String(shown.Jpeg),
    };

    private static string Css((int Red, int Green, int Blue) color) =>
        string.Create(CultureInfo.InvariantCulture, $"rgb({color.Red} {color.Green} {color.Blue})");

    private static string Percent(double part) => (100 * part).ToString("F1", CultureInfo.InvariantCulture) + "\u00A0%";

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";
}
