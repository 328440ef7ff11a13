namespace ResNetMLNet;

/// <summary>
/// Estimates what an ONNX file becomes in memory before it is parsed: an empty message takes two bytes in the file and a hundred as an
/// object.
/// </summary>
internal static class OnnxWire
{
    // The largest backbone has 3,000 nodes, with quantization three times as many; each has some inputs and attributes.
    private const long ObjectLimit = 200_000;

    private const int NestingLimit = 16, BytesOfObject = 16;

    /// <summary>The messages of onnx.proto that hold many others; those that are not named here hold little.</summary>
    private enum Message
    {
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
    }

    /// <summary>Whether parsing would build more objects than any backbone has, or nest them deeper.</summary>
    /// <exception cref="FormatException">The file is damaged, or has a group, which the parser would skip.</exception>
    public static bool IsTooMuch(ReadOnlyMemory<byte> model)
    {
        long objects = 0;
        Count(model, Message.Model, nesting: 0, ref objects);
        return objects > ObjectLimit;
    }

    private static void Count(ReadOnlyMemory<byte> bytes, Message message, int nesting, ref long objects)
    {
        objects = nesting > NestingLimit ? ObjectLimit + 1 : objects + 1;
        ProtobufFields fields = new(bytes);
        while (objects <= ObjectLimit && fields.Next())
        {
            if (!fields.HasBytes) continue;
            if (Inner(message, fields.Number) is { } inner) Count(fields.Bytes, inner, nesting + 1, ref objects);
            else if (!IsNumbers(message, fields.Number)) objects += 1 + fields.Bytes.Length / BytesOfObject;
        }
    }

    private static Message? Inner(Message message, int field) => (message, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Graph, 1) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        _ => null,
    };

    // As many bytes in memory as in the file: float_data, raw_data, floats. Metadata hold a thousand classes' names.
    private static bool IsNumbers(Message message, int field) =>
        (message, field) is (Message.Tensor, 4 or 9) or (Message.Attribute, 7) or (Message.Model, 14);
}
