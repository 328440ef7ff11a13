using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The page of a check of data: what was found by kind, with small copies of the images.</summary>
internal static class CheckPage
{
    // Enough to judge a kind by; a page of all kinds stays below 4 MB, and so does the memory that it takes.
    private const int ShownOfKind = 24, ThumbnailSide = 160;

    /// <summary>The whole page; the files of the images shown are read once more.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="command">What does the same again; null leaves that out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static string Html(DataCheckReport report, string? command, CancellationToken cancellationToken)
    {
        (string Kind, DataFinding[] Findings)[] kinds = [.. report.ByKind.Select(kind => (kind.Key, kind.ToArray()))];
        Dictionary<string, byte[]?> pictures = kinds.SelectMany(kind => Shown(kind.Findings))
            .Where(finding => finding.Kind != DataProblem.Unreadable)
            .SelectMany(Paths).Distinct(StringComparer.Ordinal)
            .AsParallel().WithCancellation(cancellationToken)
            .ToDictionary(path => path, path => ShownImage.TryJpeg(() => ImageThumbnail.Jpeg(report.Files[path].FirstOrDefault(path), ThumbnailSide)), StringComparer.Ordinal);
        return PageFrame.Page($"{report.Name}: check of the data", PageTemplate.Render("check.html", new
        {
            report.Name,
            report.Images,
            report.Findings.Count,
            report.Backbone,
            report.NotChecked,
            Kinds = kinds.Select(kind => new
            {
                Name = kind.Kind,
                Title = char.ToUpperInvariant(kind.Kind[0]) + kind.Kind[1..],
                Count = kind.Findings.Length,
                Remedies = kind.Findings.Select(finding => finding.Remedy).Distinct(),
                OfData = kind.Findings.Where(finding => finding.Path is null).Select(finding => finding.Message),
                Pairs = kind.Findings.Any(finding => finding.Other is not null),
                OfImages = Shown(kind.Findings).Select(finding => new
                {
                    finding.Message,
                    Pictures = Paths(finding).Select(path => new { Path = path, Data = Picture(path) }),
                }),
                More = Math.Max(0, kind.Findings.Count(finding => finding.Path is not null) - ShownOfKind),
            }),
            PassedOver = PassedOver.Summary(report.PassedOver),
            Configuration = new[]
            {
                new { Name = "data", Value = report.Source },
                new { Name = "backbone", Value = report.Backbone },
                new { Name = "device", Value = report.Device },
            },
            Command = command,
        }));

        string? Picture(string path) => pictures.GetValueOrDefault(path) is byte[] jpeg ? Convert.ToBase64String(jpeg) : null;
    }

    private static IEnumerable<DataFinding> Shown(IEnumerable<DataFinding> findings) =>
        findings.Where(finding => finding.Path is not null).Take(ShownOfKind);

    private static IEnumerable<string> Paths(DataFinding finding) => new[] { finding.Path, finding.Other }.OfType<string>();
}
