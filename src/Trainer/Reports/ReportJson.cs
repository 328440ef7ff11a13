using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>How results are written as JSON, and read.</summary>
public static class ReportJson
{
    /// <summary>Names in camel case, nothing that is null, letters of any language as they are.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    internal static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);
}
