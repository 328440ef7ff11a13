using System.Globalization;
using System.Text.Encodings.Web;
using Fluid;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Writes a report as one HTML file that needs nothing else: no network, no scripts, pictures inside. The template is report.html beside
/// this file; whatever it puts into the page is escaped, but for the plots.
/// </summary>
internal static class ReportPage
{
    // A larger matrix is unreadable on any screen; the most frequent mistakes say more.
    private const int LargestMatrix = 25, ConfusionsShown = 30, ProblemPathsShown = 5;

    private static readonly Lazy<IFluidTemplate> Template = new(() =>
    {
        using var text = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("report.html")!);
        return new FluidParser(new FluidParserOptions { AllowFunctions = true }).Parse(text.ReadToEnd());
    });

    /// <summary>Writes the page, whole or not at all.</summary>
    public static void Write(RunReport report, string path) => WholeFile.WriteText(path, Html(report));

    public static string Html(RunReport report)
    {
        var context = new TemplateContext(Model(report),
            new TemplateOptions { MemberAccessStrategy = UnsafeMemberAccessStrategy.Instance, CultureInfo = CultureInfo.InvariantCulture });
        return Template.Value.Render(context, HtmlEncoder.Default);
    }

    private static object Model(RunReport report)
    {
        Metrics metrics = report.Metrics;
        ProportionInterval interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages);
        return new
        {
            report.Run.Title,
            report.Run.Command,
            report.Run.Warning,
            metrics.Backbone,
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
                figures.Images,
            }),
            Matrix = metrics.Classes.Count <= LargestMatrix ? Matrix(metrics) : null,
            Confusions = metrics.Classes.Count <= LargestMatrix ? null : Confusions(metrics),
            LearningCurves = ReportCharts.LearningCurves(report.Run.History),
            Reliability = ReportCharts.Reliability(metrics.Calibration),
            Mistakes = report.Mistakes.Select(Picture),
            Doubts = report.Doubts.Select(Picture),
            Explained = report.Explained.Select(explained => new { explained.Label, Images = explained.Images.Select(Picture) }),
            report.Unexplained,
            Embedding = report.Embedding.Count == 0 ? null : ReportCharts.Embedding(report.Embedding, metrics.Classes),
            EmbeddedImages = report.Embedding.Count,
            Legend = metrics.Classes.Select(
                (label, i) => new { Label = label, Color = Css(ReportCharts.ClassColor(i, metrics.Classes.Count)) }),
            metrics.NotChecked,
            PassedOver = PassedOver.Summary(metrics.PassedOver),
            Problems = metrics.Problems.Select(problem => new
            {
                problem.Kind,
                problem.Message,
                problem.Remedy,
                Pictures = problem.Paths.Take(ProblemPathsShown).Where(report.ProblemPictures.ContainsKey)
                    .Select(path => new { Path = path, Data = Convert.ToBase64String(report.ProblemPictures[path]) }),
                Paths = problem.Paths.Take(ProblemPathsShown),
                More = Math.Max(0, problem.Paths.Count - ProblemPathsShown),
            }),
            Configuration = report.Run.Configuration.Select(setting => new { setting.Name, setting.Value }),
            Versions = metrics.Versions.Select(version => new { Name = version.Key, version.Value }),
            PredictCommand = CommandText.Of("predict", report.Run.Model, "PHOTO.jpg"),
            ExplainCommand = CommandText.Of("explain", report.Run.Model, "PHOTO.jpg", "--output", "overlay.png"),
            Code = UsageCode.Of(report.Run.Model),
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

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
