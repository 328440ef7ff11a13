using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>The labels of an image as one text: a JSON array in ordinal order, so that equal sets are equal texts.</summary>
internal static class LabelSet
{
    private const char Separator = '|';

    public static string Of(IEnumerable<string> labels) => JsonSerializer.Serialize(
        labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), ReportJson.Options);

    public static string[] Parse(string text) => JsonSerializer.Deserialize<string[]>(text)!;

    /// <summary>For people.</summary>
    public static string Shown(IReadOnlyCollection<string> labels) => labels.Count == 0 ? "none" : string.Join(", ", labels);

    /// <summary>A cell of a list: labels separated by a bar, or a JSON array where one of them would be read otherwise.</summary>
    public static string ToCell(IReadOnlyCollection<string> labels) =>
        labels.Any(label => label.StartsWith('[') || label.AsSpan().ContainsAny(Separator, ';') || label != label.Trim())
            ? JsonSerializer.Serialize(labels, ReportJson.Options)
            : string.Join(Separator, labels);

    /// <inheritdoc cref="OfCell"/>
    /// <returns>Null where it starts as a JSON array, and is not one of texts or numbers.</returns>
    public static string[]? TryOfCell(string cell)
    {
        try
        {
            return OfCell(cell);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The labels of a cell: a JSON array, or labels separated by <c>|</c> or <c>;</c>; none where it is empty.</summary>
    /// <exception cref="JsonException">It starts as a JSON array, and is not one of texts.</exception>
    public static string[] OfCell(string cell)
    {
        string trimmed = cell.Trim();
        return trimmed.StartsWith('[')
            ? JsonSerializer.Deserialize<string[]>(trimmed) is { } array && array.All(label => !string.IsNullOrWhiteSpace(label)) ? array : throw new JsonException()
            : trimmed.Split([Separator, ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
