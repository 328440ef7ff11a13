using System.Buffers;
using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Renames values and sets metadata in a serialized ONNX model, and leaves every other byte as it is.
/// It reads no more of the format than that takes (onnx.proto3, protobuf's wire format); graphs inside operators, which no backbone has,
/// keep their names.
/// </summary>
/// <param name="names">Values to rename: old name to new.</param>
/// <param name="metadata">Metadata properties to set; those of the same keys go.</param>
internal sealed class OnnxModelEditor(IReadOnlyDictionary<string, string> names, IReadOnlyDictionary<string, string> metadata)
{
    private const int LengthDelimited = 2;

    private enum Message
    {
        Model,
        Graph,
        Node,
        ValueInfo,
    }

    private enum Part
    {
        Verbatim,
        Graph,
        Node,
        ValueInfo,
        Name,
        Metadata,
    }

    /// <exception cref="InvalidDataException">The bytes are no serialized model.</exception>
    public byte[] Edit(ReadOnlySpan<byte> model)
    {
        ArrayBufferWriter<byte> output = new(model.Length + 1024);
        Copy(model, Message.Model, output);
        foreach ((string key, string value) in metadata)
        {
            ArrayBufferWriter<byte> entry = new();
            WriteField(1, Encoding.UTF8.GetBytes(key), entry);
            WriteField(2, Encoding.UTF8.GetBytes(value), entry);
            WriteField(14, entry.WrittenSpan, output);
        }

        return output.WrittenSpan.ToArray();
    }

    // The numbers are the fields' in onnx.proto3.
    private static Part PartOf(Message message, int field) => (message, field) switch
    {
        (Message.Model, 7) => Part.Graph,
        (Message.Model, 14) => Part.Metadata,
        (Message.Graph, 1) => Part.Node,
        (Message.Graph, 11 or 12 or 13) => Part.ValueInfo, // inputs, outputs, intermediate values
        (Message.Node, 1 or 2) => Part.Name, // inputs, outputs
        (Message.ValueInfo, 1) => Part.Name,
        _ => Part.Verbatim,
    };

    private void Copy(ReadOnlySpan<byte> bytes, Message message, ArrayBufferWriter<byte> output)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> field = bytes;
            ulong tag = ReadVarint(ref bytes);
            int number = (int)(tag >> 3);
            if ((tag & 7) != LengthDelimited)
            {
                Skip((int)(tag & 7), ref bytes);
                output.Write(field[..^bytes.Length]);
                continue;
            }

            ReadOnlySpan<byte> content = Take(ReadVarint(ref bytes), ref bytes);
            switch (PartOf(message, number))
            {
                case Part.Graph:
                    CopyMessage(number, content, Message.Graph, output);
                    break;
                case Part.Node:
                    CopyMessage(number, content, Message.Node, output);
                    break;
                case Part.ValueInfo:
                    CopyMessage(number, content, Message.ValueInfo, output);
                    break;
                case Part.Name when names.TryGetValue(Encoding.UTF8.GetString(content), out string? renamed):
                    WriteField(number, Encoding.UTF8.GetBytes(renamed), output);
                    break;
                case Part.Metadata when metadata.ContainsKey(KeyOf(content)):
                    break;
                default:
                    output.Write(field[..^bytes.Length]);
                    break;
            }
        }
    }

    private void CopyMessage(int number, ReadOnlySpan<byte> content, Message message, ArrayBufferWriter<byte> output)
    {
        ArrayBufferWriter<byte> copy = new(content.Length + 64);
        Copy(content, message, copy);
        WriteField(number, copy.WrittenSpan, output);
    }

    private static string KeyOf(ReadOnlySpan<byte> entry)
    {
        while (!entry.IsEmpty)
        {
            ulong tag = ReadVarint(ref entry);
            if ((tag & 7) != LengthDelimited)
            {
                Skip((int)(tag & 7), ref entry);
                continue;
            }

            ReadOnlySpan<byte> content = Take(ReadVarint(ref entry), ref entry);
            if (tag >> 3 == 1)
            {
                return Encoding.UTF8.GetString(content);
            }
        }

        return "";
    }

    private static void Skip(int wireType, ref ReadOnlySpan<byte> bytes)
    {
        switch (wireType)
        {
            case 0:
                ReadVarint(ref bytes);
                break;
            case 1:
                Take(8, ref bytes);
                break;
            case 5:
                Take(4, ref bytes);
                break;
            default:
                throw Malformed();
        }
    }

    private static ReadOnlySpan<byte> Take(ulong length, ref ReadOnlySpan<byte> bytes)
    {
        if (length > (ulong)bytes.Length)
        {
            throw Malformed();
        }

        ReadOnlySpan<byte> taken = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return taken;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }

        throw Malformed();
    }

    private static void WriteField(int number, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> output)
    {
        WriteVarint((ulong)number << 3 | LengthDelimited, output);
        WriteVarint((ulong)content.Length, output);
        output.Write(content);
    }

    private static void WriteVarint(ulong value, ArrayBufferWriter<byte> output)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output.Write([(byte)(value | 0x80)]);
        }

        output.Write([(byte)value]);
    }

    private static InvalidDataException Malformed() => new("The bytes are no serialized ONNX model.");
}
