using System.Buffers.Binary;

namespace ResNetMLNet;

/// <summary>
/// The fields of a protobuf message, one after another, without an object for each: of a stranger's ONNX file only the weights are read,
/// and a small file must not become a large graph of objects.
/// </summary>
internal ref struct ProtobufFields(ReadOnlyMemory<byte> message)
{
    private ReadOnlyMemory<byte> rest = message;

    /// <summary>The number of the field that was read last.</summary>
    public int Number { get; private set; }

    /// <summary>Its value, where it is a number.</summary>
    public ulong Value { get; private set; }

    /// <summary>Its bytes, where it is a text, bytes, a message, or a packed list of numbers; else empty.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Whether it is a text, bytes, a message, or a packed list of numbers.</summary>
    public bool HasBytes { get; private set; }

    /// <summary>Reads the next field.</summary>
    /// <exception cref="FormatException">The message is damaged, or has a group, which proto3 lacks.</exception>
    public bool Next()
    {
        if (rest.IsEmpty) return false;
        ulong tag = ReadNumber(ref rest);
        if (tag >> 3 is 0 or > int.MaxValue) throw Damaged();
        Number = (int)(tag >> 3);
        Bytes = default;
        HasBytes = (tag & 7) == 2;
        switch (tag & 7)
        {
            case 0: Value = ReadNumber(ref rest); break;
            case 1: Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)).Span); break;
            case 2: Bytes = Take(ReadNumber(ref rest)); break;
            case 5: Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)).Span); break;
            default: throw Damaged();
        }
        return true;
    }

    /// <summary>Reads a number of a packed list.</summary>
    public static ulong ReadNumber(ref ReadOnlyMemory<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < 10 && i < bytes.Length; i++)
        {
            byte part = bytes.Span[i];
            number |= (ulong)(part & 0x7f) << (7 * i);
            if (part >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return number;
        }
        throw Damaged();
    }

    private ReadOnlyMemory<byte> Take(ulong count)
    {
        if (count > (ulong)rest.Length) throw Damaged();
        ReadOnlyMemory<byte> taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private static FormatException Damaged() => new("its protobuf encoding is damaged");
}
