using System.Buffers.Binary;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The orientation in an EXIF block (EXIF 2.3, tag 0x0112), read as Pillow 9.4 does: the first directory only, the last of several such
/// tags, the first of several values, any type of number but a byte, and nothing behind an entry whose values lie outside of the block.
/// </summary>
internal static class ExifOrientation
{
    private const int Tag = 0x0112, EntryLength = 12;

    /// <param name="exif">A TIFF header and what follows, with or without <c>Exif\0\0</c> in front of it.</param>
    /// <returns>1 to 8; null where the block has none, or is damaged.</returns>
    public static int? Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8)) exif = exif[6..];
        if (exif.Length < 8 || exif[2..4] is not ([0, 42] or [42, 0])) return null;
        if (!exif.StartsWith("II"u8) && !exif.StartsWith("MM"u8)) return null;

        bool little = exif[0] == 'I';
        uint directory = UInt32(exif[4..], little);
        if (directory > exif.Length - 2) return null;
        int count = UInt16(exif[(int)directory..], little);
        ReadOnlySpan<byte> entries = exif[((int)directory + 2)..];
        double? value = null;
        for (; count > 0 && entries.Length >= EntryLength; count--, entries = entries[EntryLength..])
        {
            ulong length = (ulong)SizeOf(UInt16(entries[2..], little)) * UInt32(entries[4..], little);
            ReadOnlySpan<byte> values = entries[8..EntryLength];
            if (length > 4)
            {
                uint offset = UInt32(values, little);
                if (offset + length > (ulong)exif.Length) break;
                values = exif[(int)offset..];
            }

            if (length > 0 && UInt16(entries, little) == Tag) value = First(UInt16(entries[2..], little), values, little);
        }

        return value switch
        {
            null => null,
            >= 2 and <= 8 and double whole when whole == Math.Floor(whole) => (int)whole,
            _ => 1,
        };
    }

    private static int SizeOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12
        or 16 => 8,
        _ => 0
    };

    private static double First(int type, ReadOnlySpan<byte> values, bool little) => type switch
    {
        6 => (sbyte)values[0],
        3 => UInt16(values, little),
        8 => (short)UInt16(values, little),
        4 or 13 => UInt32(values, little),
        9 => (int)UInt32(values, little),
        5 => (double)UInt32(values, little) / UInt32(values[4..], little),
        10 => (double)(int)UInt32(values, little) / (int)UInt32(values[4..], little),
        11 => BitConverter.UInt32BitsToSingle(UInt32(values, little)),
        12 => BitConverter.UInt64BitsToDouble(UInt64(values, little)),
        16 => UInt64(values, little),
        _ => 1, // bytes and text are not an orientation
    };

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
}
