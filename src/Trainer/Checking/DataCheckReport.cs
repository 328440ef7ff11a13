using System.Globalization;
using CsvHelper;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What <see cref="DataCheck"/> found.</summary>
public sealed record DataCheckReport
{
    /// <summary>The name of the data set.</summary>
    public required string Name { get; init; }

    /// <summary>The folder or the list, as it was named.</summary>
    public required string Source { get; init; }

    /// <summary>Files that were checked, those that cannot be read among them.</summary>
    public required int Images { get; init; }

    /// <summary>What was found, the gravest kind first, and of each kind the worst.</summary>
    public required IReadOnlyList<DataFinding> Findings { get; init; }

    /// <summary>Where images in memory are, by what they are called.</summary>
    internal ILookup<string, string> Files { get; init; } = Array.Empty<string>().ToLookup(name => name);

    /// <summary>Files and folders that are not images.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>What was not looked for and why, as whole sentences.</summary>
    public IReadOnlyList<string> NotChecked { get; init; } = [];

    /// <summary>The architecture that said what images are like.</summary>
    public required string Backbone { get; init; }

    /// <summary>What computed the features, and why that.</summary>
    public required string Device { get; init; }

    /// <summary>Time that it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The findings of each kind, in the same order.</summary>
    public IEnumerable<IGrouping<string, DataFinding>> ByKind => Findings.GroupBy(finding => finding.Kind);

    /// <summary>
    /// Writes a row for each finding about an image, whole or not at all: path, kind, message, value, other (the image that it is a copy of).
    /// Delete the rows of images to keep, and <see cref="ImageExclusion.Read"/> leaves the others out of a data set.
    /// </summary>
    /// <param name="path">The CSV file; one that is there is replaced.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void WriteCsv(string path)
    {
        CreateFolder(path);
        WholeFile.Write(path, file =>
        {
            using var csv = new CsvWriter(new StreamWriter(file, leaveOpen: true), CsvFormat.Own);
            foreach (string heading in new[] { "path", "kind", "message", "value", "other" }) csv.WriteField(heading);
            csv.NextRecord();
            foreach (DataFinding finding in Findings.Where(finding => finding.Path is not null))
            {
                csv.WriteField(SpreadsheetText.Neutralize(finding.Path!));
                csv.WriteField(finding.Kind);
                csv.WriteField(SpreadsheetText.Neutralize(finding.Message));
                csv.WriteField(finding.Value?.ToString(CultureInfo.InvariantCulture));
                csv.WriteField(SpreadsheetText.Neutralize(finding.Other ?? ""));
                csv.NextRecord();
            }
        });
    }

    /// <summary>
    /// Writes one HTML file that needs nothing else, whole or not at all: the findings by kind, and small copies of the first 24 images of
    /// each, which are read once more: images in memory have to be there still.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="command">What a person types to do the same again; null leaves that out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SavePage(string path, string? command = null, CancellationToken cancellationToken = default)
    {
        CreateFolder(path);
        WholeFile.WriteText(path, CheckPage.Html(this, command, cancellationToken));
    }

    private static void CreateFolder(string path) => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
}
