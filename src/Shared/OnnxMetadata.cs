using System.Text;

namespace ResNetMLNet;

/// <summary>Reads one metadata property of an ONNX file, without parsing its graph.</summary>
internal static class OnnxMetadata
{
    private const int Metadata = 14, Key = 1, Value = 2;

    /// <returns>Null where the file has no such property, or is damaged.</returns>
    public static string? Find(ReadOnlyMemory<byte> model, string key)
    {
        try
        {
            var fields = new ProtobufFields(model);
            while (fields.Next())
            {
                if (fields.Number == Metadata && Read(fields.Bytes) is var (name, value) && name == key) return value;
            }
        }
        catch (FormatException)
        {
            // Whoever parses the file says so.
        }

        return null;
    }

    private static (string Key, string Value) Read(ReadOnlyMemory<byte> entry)
    {
        (string key, string value) = ("", "");
        var fields = new ProtobufFields(entry);
        while (fields.Next())
        {
            if (fields.Number == Key) key = Encoding.UTF8.GetString(fields.Bytes.Span);
            else if (fields.Number == Value) value = Encoding.UTF8.GetString(fields.Bytes.Span);
        }

        return (key, value);
    }
}
