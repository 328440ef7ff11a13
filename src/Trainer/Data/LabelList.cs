using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A file that lists images and what they are labelled with: comma-separated (.csv), tab-separated (.tsv) or JSON lines (.jsonl).</summary>
internal sealed record LabelList
{
    private static readonly string[] PathColumns = ["path", "imagePath", "image", "file", "fileName"];
    private static readonly string[] LabelColumns = ["labels", "label", "tags", "class", "value"];

    /// <summary>The rows that are as they should be, in order. Paths that are relative are so to the list's folder.</summary>
    public required IReadOnlyList<(string ImagePath, IReadOnlyList<string> Labels)> Images { get; init; }

    /// <summary>The rows that are not, each by its line.</summary>
    public required IReadOnlyList<SkippedImage> LeftOut { get; init; }

    /// <summary>Whether a row has several labels.</summary>
    public bool HasSeveralLabels => Images.Any(image => image.Labels.Count > 1);

    /// <summary>Whether a path is taken for that of a list: by the end of its name.</summary>
    public static bool IsOne(string path) => !Directory.Exists(path) && (IsJson(path) || HasEnd(path, ".csv") || HasEnd(path, ".tsv"));

    /// <summary>Reads a list. A column named path (imagePath, image, file, fileName) has the files, one named labels (label, tags, class, value) the labels.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It has no such columns, or no row is as it should be; the message says why.</exception>
    public static LabelList Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The list '{path}' does not exist.", path);
        var images = new List<(string, IReadOnlyList<string>)>();
        var leftOut = new List<SkippedImage>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, given = Path.GetDirectoryName(path) ?? "";
        foreach (Row row in IsJson(path) ? JsonRows(path) : TableRows(path))
        {
            string? problem = row.Problem ?? (string.IsNullOrWhiteSpace(row.Path) ? "has no path. Name an image file, or remove the line" : null);
            string file = problem is null ? Path.Combine(given, row.Path!.Trim()) : "";
            if (problem is null && lines.TryGetValue(Path.GetFullPath(file, folder), out int earlier))
                problem = $"lists '{row.Path}', as line {earlier} does. List each image once, with all its labels";
            if (problem is null)
            {
                lines.Add(Path.GetFullPath(file, folder), row.Line);
                images.Add((file, row.Labels));
            }
            else
            {
                leftOut.Add(new SkippedImage(string.Create(CultureInfo.InvariantCulture, $"{path}, line {row.Line}"), problem));
            }
        }

        if (images.Count > 0) return new LabelList { Images = images, LeftOut = leftOut };
        throw new InvalidDataException(leftOut is [SkippedImage first, ..] ? $"No line of '{path}' can be used: '{first.Path}' {first.Reason}." : $"The list '{path}' has no images.");
    }

    private static bool IsJson(string path) => HasEnd(path, ".jsonl") || HasEnd(path, ".ndjson");

    private static bool HasEnd(string path, string end) => path.EndsWith(end, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Row> TableRows(string path)
    {
        string heading = File.ReadLines(path).FirstOrDefault() ?? "";
        string delimiter = HasEnd(path, ".tsv") ? "\t" : heading.Contains(';') && !heading.Contains(',') ? ";" : ",";
        using var table = new CsvParser(new StreamReader(path), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            BadDataFound = null,
            IgnoreBlankLines = true,
        });
        string[] columns = table.Read() ? table.Record! : [];
        int images = Find(PathColumns), labels = Find(LabelColumns);
        while (table.Read())
        {
            string[] cells = table.Record!;
            yield return cells.Length == columns.Length
                ? Row.Of(table.RawRow, SpreadsheetText.Restore(cells[images]), SpreadsheetText.Restore(cells[labels]))
                : new Row(table.RawRow, null, [], string.Create(CultureInfo.InvariantCulture,
                    $"has {cells.Length} cells, and the first line has {columns.Length}. Put a cell with the separator in it into quotation marks"));
        }

        int Find(string[] names) => Array.FindIndex(columns, column => names.Contains(column.Trim(), StringComparer.OrdinalIgnoreCase)) is var at and >= 0
            ? at
            : throw new InvalidDataException(
                $"The first line of '{path}' has the columns '{string.Join("', '", columns)}', and none named {string.Join(" or ", names)}. Name the columns of files and of labels in it.");
    }

    private static IEnumerable<Row> JsonRows(string path) => File.ReadLines(path).Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)).Select(line =>
    {
        int number = line.Index + 1;
        try
        {
            using var row = JsonDocument.Parse(line.Item);
            string? image = Find(row.RootElement, PathColumns) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
            return Find(row.RootElement, LabelColumns) switch
            {
                { ValueKind: JsonValueKind.Array } labels => Row.Of(number, image, labels.GetRawText()),
                { ValueKind: JsonValueKind.String } label => Row.Of(number, image, label.GetString()!),
                { ValueKind: JsonValueKind.Number } value => Row.Of(number, image, value.GetRawText()),
                _ => new Row(number, image, [], "has no labels. Write an array of texts; [] says that the image has none"),
            };
        }
        catch (JsonException)
        {
            return new Row(number, null, [], "is not a JSON object. Write one object on each line, such as {\"path\": \"a.jpg\", \"labels\": [\"cat\", \"dog\"]}");
        }
    });

    private static JsonElement? Find(JsonElement row, string[] names) => row.ValueKind != JsonValueKind.Object
        ? throw new JsonException()
        : row.EnumerateObject().Where(property => names.Contains(property.Name, StringComparer.OrdinalIgnoreCase)).Select(property => (JsonElement?)property.Value).FirstOrDefault();

    /// <summary>A line of a list.</summary>
    /// <param name="Line">From 1.</param>
    /// <param name="Path">The image's file, as it is written.</param>
    /// <param name="Labels">Its labels.</param>
    /// <param name="Problem">What is wrong with it, as the end of a sentence that starts with the line.</param>
    private sealed record Row(int Line, string? Path, IReadOnlyList<string> Labels, string? Problem)
    {
        public static Row Of(int line, string? path, string labels)
        {
            try
            {
                return new Row(line, path, LabelSet.OfCell(labels), null);
            }
            catch (JsonException)
            {
                return new Row(line, path, [], $"has the labels {labels[..Math.Min(labels.Length, 100)]}, which are not a JSON array of texts. Write [\"cat\", \"dog\"], or cat|dog");
            }
        }
    }
}
