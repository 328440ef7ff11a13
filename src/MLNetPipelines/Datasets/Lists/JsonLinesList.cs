using System.Globalization;
using System.Text.Json;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A list of JSON objects, one on each line: <c>{"file_name": "a.jpg", "label": "cat"}</c>.</summary>
internal sealed class JsonLinesList : IImageListFormat
{
    private const string NotAnObject =
        "is not a JSON object. Write one object on each line, such as {\"path\": \"a.jpg\", \"label\": \"cat\"}";

    private readonly string path;
    private readonly ImageListOptions options;
    private readonly ListedPaths paths;
    private readonly bool hasSplits;

    public JsonLinesList(string path, ImageListOptions options)
    {
        (this.path, this.options) = (path, options);
        paths = new ListedPaths(path, options.Root);
        Columns = FirstKeys();
        HasLabels = ListColumns.Find(Columns, options.LabelColumn, ListColumns.Labels, path) >= 0;
        hasSplits = ListColumns.Find(Columns, options.SplitColumn, ListColumns.Splits, path) >= 0;
    }

    /// <summary>The keys of the first object.</summary>
    public IReadOnlyList<string> Columns { get; }

    public bool HasLabels { get; }

    public bool HoldsImages => false;

    public IEnumerable<ImageListRow> Rows(bool contents)
    {
        using var lines = new TextLines(path);
        while (lines.Next() is TextLine line)
        {
            if (line.TooLong || !string.IsNullOrWhiteSpace(line.Text)) yield return Read(line);
        }
    }

    /// <summary>The value as text: an array as JSON, null for null and for what there is not.</summary>
    public static string? TextOf(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        null or { ValueKind: JsonValueKind.Null } => null,
        { } other => other.GetRawText(),
    };

    /// <summary>The value of the first key that is there.</summary>
    public static JsonElement? Find(JsonElement row, string? named, IEnumerable<string> usual)
    {
        foreach (string name in named is null ? usual : [named])
        {
            foreach (JsonProperty property in row.EnumerateObject()) if (ListColumns.Same(property.Name, name)) return property.Value;
        }

        return null;
    }

    private ImageListRow Read(TextLine line)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"{path}, line {line.Number}");
        if (line.TooLong) return new ImageListRow { Place = place, Problem = TextLine.LengthProblem };
        try
        {
            using var row = JsonDocument.Parse(line.Text);
            if (row.RootElement.ValueKind != JsonValueKind.Object) return new ImageListRow { Place = place, Problem = NotAnObject };
            return paths.Row(
                place, Value(options.PathColumn, ListColumns.Paths), Value(options.LabelColumn, ListColumns.Labels), hasSplits,
                Value(options.SplitColumn, ListColumns.Splits));

            string? Value(string? named, string[] usual) => TextOf(Find(row.RootElement, named, usual));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: a text with half of a surrogate pair
        {
            return new ImageListRow { Place = place, Problem = NotAnObject };
        }
    }

    private string[] FirstKeys()
    {
        using var lines = new TextLines(path);
        while (lines.Next() is TextLine line)
        {
            try
            {
                using var row = JsonDocument.Parse(line.Text);
                if (row.RootElement.ValueKind == JsonValueKind.Object)
                    return [.. row.RootElement.EnumerateObject().Select(property => property.Name)];
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // The row is reported when it is read.
            }
        }

        throw new InvalidDataException(
            $"'{path}' has no JSON object. Write one on each line, such as {{\"path\": \"a.jpg\", \"label\": \"cat\"}}.");
    }
}
