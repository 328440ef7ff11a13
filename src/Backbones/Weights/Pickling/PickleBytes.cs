using System.Buffers.Binary;
using System.Text;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A pickle's bytes as they are read. Every length is checked against what is left.</summary>
internal sealed class PickleBytes(ReadOnlyMemory<byte> bytes)
{
    /// <summary>The longest name of a global: those of Python's standard library and of torch are far below.</summary>
    public const int LineLimit = 256;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>The one number that pickles hold big-endian.</summary>
    public double Float64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > bytes.Length - Position)
            throw new FormatException($"its pickle asks for {count} bytes at byte {Position}, and {bytes.Length - Position} are left");
        ReadOnlySpan<byte> taken = bytes.Span.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public string Utf8(long count)
    {
        try
        {
            return StrictUtf8.GetString(Take(count));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"its pickle has a text that is not UTF-8, before byte {Position}", e);
        }
    }

    /// <summary>A text of Python 2, whose encoding nobody knows.</summary>
    public string Latin1(long count) => Encoding.Latin1.GetString(Take(count));

    public string Line()
    {
        ReadOnlySpan<byte> rest = bytes.Span[Position..];
        int length = rest[..Math.Min(LineLimit, rest.Length)].IndexOf((byte)'\n');
        if (length < 0) throw new FormatException($"its pickle has a line at byte {Position} that does not end");
        string line = Utf8(length);
        Position++;
        return line;
    }
}
