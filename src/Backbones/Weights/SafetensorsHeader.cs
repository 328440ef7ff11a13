using System.Text.Json;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A tensor of a safetensors header.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The format's <c>dtype</c>.</param>
/// <param name="Type">The type; null where it is not known here.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Start">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte behind its last.</param>
internal sealed record SafetensorsEntry(string Name, string TypeName, ElementType? Type, long[] Shape, long Start, long End);

/// <summary>Reads the header of a safetensors file as it comes, so that what it takes is known before anything is kept.</summary>
internal static class SafetensorsHeader
{
    private const string Metadata = "__metadata__";

    /// <exception cref="FormatException">It is damaged; the message says where.</exception>
    public static IReadOnlyList<SafetensorsEntry> Parse(ReadOnlySpan<byte> header)
    {
        try
        {
            var entries = new List<SafetensorsEntry>();
            var names = new HashSet<string>();
            var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
            Require(json.Read() && json.TokenType == JsonTokenType.StartObject, "its header is not an object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                json.Read();
                if (name == Metadata)
                {
                    json.Skip();
                    continue;
                }
                TensorCollection.CheckName(name);
                TensorCollection.CheckCount(names.Count + 1);
                if (!names.Add(name)) throw new FormatException($"tensor '{DisplayText.Of(name)}' appears twice");
                entries.Add(ParseEntry(ref json, name));
            }
            Require(!json.Read(), "something follows its header's object");
            return entries;
        }
        // InvalidOperationException is what the reader says of a text that is not UTF-16.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"its header is not JSON: {DisplayText.Of(e.Message, 200).TrimEnd('.')}", e);
        }
    }

    /// <summary>The format's rule: the tensors fill the file, without holes, and none shares bytes with another.</summary>
    /// <exception cref="FormatException">They do not; the message says where.</exception>
    public static void CheckPlaces(IEnumerable<SafetensorsEntry> entries, long available)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End))
        {
            string name = DisplayText.Of(entry.Name);
            if (entry.End > available)
                throw new FormatException(
                    $"tensor '{name}' lies at [{entry.Start}, {entry.End}], and the file has {available} bytes of data");
            if (entry.Start < end) throw new FormatException($"tensor '{name}' overlaps another");
            if (entry.Start > end) throw new FormatException($"{entry.Start - end} bytes before tensor '{name}' belong to none");
            if (entry.Type is ElementType type && StoredTensor.Count(entry.Shape) * (Int128)type.Size != entry.End - entry.Start)
                throw new FormatException(
                    $"tensor '{name}' of shape [{string.Join(", ", entry.Shape)}] has {entry.End - entry.Start} bytes");
            end = entry.End;
        }
        if (end < available) throw new FormatException($"{available - end} bytes follow the last tensor");
    }

    private static SafetensorsEntry ParseEntry(ref Utf8JsonReader json, string name)
    {
        string shown = DisplayText.Of(name);
        Require(json.TokenType == JsonTokenType.StartObject, $"tensor '{shown}' is not an object");
        string? type = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string property = json.GetString()!;
            json.Read();
            switch (property)
            {
                case "dtype" when json.TokenType == JsonTokenType.String: type = json.GetString(); break;
                case "shape": shape = ParseNumbers(ref json, $"the shape of tensor '{shown}'"); break;
                case "data_offsets": offsets = ParseNumbers(ref json, $"the place of tensor '{shown}'"); break;
                default: throw new FormatException($"tensor '{shown}' has '{DisplayText.Of(property)}', which the format lacks");
            }
        }
        if (type is null || shape is null || offsets is not [long start, long end] || end < start)
            throw new FormatException($"tensor '{shown}' lacks a type, a shape or its place");
        return new SafetensorsEntry(name, type, ElementType.All.FirstOrDefault(known => known.Safetensors == type), [.. shape], start, end);
    }

    private static List<long> ParseNumbers(ref Utf8JsonReader json, string what)
    {
        var numbers = new List<long>();
        Require(json.TokenType == JsonTokenType.StartArray, $"{what} is not a list");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            StoredTensor.CheckDimensions(numbers.Count + 1);
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0)
                throw new FormatException($"{what} has something that is not a whole number");
            numbers.Add(number);
        }
        return numbers;
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds) throw new FormatException(problem);
    }
}
