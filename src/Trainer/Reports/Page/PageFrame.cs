using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A report as one HTML file that needs nothing else: no network, no scripts, pictures inside. The frame has what every run has, its
/// problems and its configuration; what was measured comes between.
/// </summary>
internal static class PageFrame
{
    private const int ProblemPathsShown = 5;

    /// <summary>The whole page.</summary>
    /// <param name="run">What was done.</param>
    /// <param name="metrics">Its figures.</param>
    /// <param name="pictures">JPEG files of images that problems are about, by their paths.</param>
    /// <param name="content">What was measured.</param>
    public static string Html(RunDescription run, RunMetrics metrics, IReadOnlyDictionary<string, byte[]> pictures, PageContent content) =>
        Page($"{run.Title}: {content.Headline} by {metrics.Backbone}", PageTemplate.Render("report.html", new
        {
            run.Title,
            run.Command,
            run.Warning,
            metrics.Backbone,
            metrics.ValidationImages,
            MixingNote = metrics.WeightMixing?.Note,
            content.Headline,
            content.Kind,
            content.Body,
            content.Commands,
            content.Code,
            metrics.NotChecked,
            PassedOver = PassedOver.Summary(metrics.PassedOver),
            Problems = metrics.Problems.Select(problem => new
            {
                problem.Kind,
                problem.Message,
                problem.Remedy,
                Pictures = problem.Paths.Take(ProblemPathsShown).Where(pictures.ContainsKey)
                    .Select(path => new { Path = path, Data = Convert.ToBase64String(pictures[path]) }),
                Paths = problem.Paths.Take(ProblemPathsShown),
                More = Math.Max(0, problem.Paths.Count - ProblemPathsShown),
            }),
            Configuration = run.Configuration.Select(setting => new { setting.Name, setting.Value }),
            Versions = metrics.Versions.Select(version => new { Name = version.Key, version.Value }),
        }));

    /// <summary>A page of any kind.</summary>
    /// <param name="title">What a browser's tab shows.</param>
    /// <param name="body">HTML.</param>
    public static string Page(string title, string body) => PageTemplate.Render("page.html", new { Title = title, Body = body });
}

/// <summary>The part of a page that is of one task.</summary>
internal sealed record PageContent
{
    /// <summary>The first figure.</summary>
    public required string Headline { get; init; }

    /// <summary>What the model is, as the start of a sentence.</summary>
    public required string Kind { get; init; }

    /// <summary>HTML.</summary>
    public required string Body { get; init; }

    /// <summary>Commands that use the model.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>C# that uses it.</summary>
    public required string Code { get; init; }
}
