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

    /// <summary>
    /// Whether parsing would build more objects than any backbone has, or nest them deeper. What is damaged is left to the parser.
    /// </summary>
    /// <exception cref="FormatException">There is a group, which proto3 lacks: the parser would skip it, and read on where nothing was
    /// counted.</exception>
    public static bool IsTooMuch(ReadOnlySpan<byte> model)
    {
        long objects = 0;
        Count(model, Message.Model, nesting: 0, ref objects);
        return objects > ObjectLimit;
    }

    private static void Count(ReadOnlySpan<byte> bytes, Message message, int nesting, ref long objects)
    {
        objects = nesting > NestingLimit ? ObjectLimit + 1 : objects + 1;
        while (!bytes.IsEmpty && objects <= ObjectLimit)
        {
            if (!TryReadNumber(ref bytes, out ulong tag)) return;
            int length = 0;
            switch (tag & 7)
            {
                case 0:
                    if (!TryReadNumber(ref bytes, out _)) return;
                    break;
                case 1:
                    length = 8;
                    break;
                case 5:
                    length = 4;
                    break;
                case 2:
                    if (!TryReadNumber(ref bytes, out ulong announced) || announced > (ulong)bytes.Length) return;
                    length = (int)announced;
                    if (Inner(message, tag >> 3) is { } inner) Count(bytes[..length], inner, nesting + 1, ref objects);
                    else objects += IsNumbers(message, tag >> 3) ? 0 : 1 + length / BytesOfObject;
                    break;
                case 3 or 4:
                    throw new FormatException("It holds a group.");
                default:
                    return;
            }

            if (length > bytes.Length) return;
            bytes = bytes[length..];
        }
    }

    private static Message? Inner(Message message, ulong field) => (message, field) switch
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
    private static bool IsNumbers(Message message, ulong field) =>
        (message, field) is (Message.Tensor, 4 or 9) or (Message.Attribute, 7) or (Message.Model, 14);

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
