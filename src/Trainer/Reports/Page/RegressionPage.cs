namespace ResNetMLNet.Trainer;

/// <summary>The page of a regression: figures, predicted against true values, errors.</summary>
internal static class RegressionPage
{
    public static string Html(RegressionRunReport report) =>
        PageFrame.Html(report.Run, report.Metrics, report.ProblemPictures, new PageContent
        {
            Headline = $"RMSE {FigureText.Of(report.Metrics.RootMeanSquaredError)}",
            Kind = "An image regression",
            Body = PageTemplate.Render("regression.html", Model(report)),
            Code = UsageCode.OfRegression(report.Run.Model),
        });

    private static object Model(RegressionRunReport report)
    {
        RegressionRunMetrics metrics = report.Metrics;
        return new
        {
            Rmse = FigureText.Of(metrics.RootMeanSquaredError),
            Mae = FigureText.Of(metrics.MeanAbsoluteError),
            RSquared = FigureText.Of(metrics.RSquared),
            Deviation = metrics.TrainDeviation is double deviation ? FigureText.Of(deviation) : null,
            Minimum = metrics.TrainMinimum is double minimum ? FigureText.Of(minimum) : null,
            Maximum = metrics.TrainMaximum is double maximum ? FigureText.Of(maximum) : null,
            metrics.TrainImages,
            Scatter = RegressionCharts.Scatter(report.Predictions),
            Histogram = RegressionCharts.Errors(report.Predictions),
            LearningCurves = ReportCharts.LearningCurves(report.Run.History, "rmse", "RMSE on validation images", "Validation RMSE by epoch"),
            Worst = report.Worst.Select(shown => new
            {
                Value = FigureText.Of(shown.Image.Value),
                Predicted = FigureText.Of(shown.Image.Predicted),
                shown.Image.ShortPath,
                Data = shown.Jpeg is null ? null : Convert.ToBase64String(shown.Jpeg),
            }),
        };
    }
}
