using System.Buffers.Binary;

namespace ResNetMLNet.ImageFormats;

/// <summary>What tells a TIFF image from a camera's raw file, which starts as one (TIFF 6.0, section 2; DNG 1.7, chapter 4).</summary>
internal static class TiffHeader
{
    private const ushort NewSubfileType = 254, DngVersion = 50706;
    private const int EntryLength = 12;

    /// <summary>Whether a file is a TIFF or BigTIFF image by its first bytes.</summary>
    public static bool Starts(ReadOnlySpan<byte> encoded) => encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8)
        || encoded.StartsWith("II+\0"u8) || encoded.StartsWith("MM\0+"u8);

    /// <summary>
    /// Whether the first image is a small copy (NEF, ARW, DNG), or the maker says that the file is its own format (CR2, DNG): what a reader of
    /// TIFF makes of it would not be the photo.
    /// </summary>
    public static bool IsCameraRaw(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < 16 || encoded[2] == '+' || encoded[3] == '+') return false; // no camera writes BigTIFF
        if (encoded[8..].StartsWith("CR"u8)) return true;
        bool little = encoded[0] == 'I';
        uint directory = Long(encoded[4..], little);
        if (directory > encoded.Length - 2) return false;
        int entries = Short(encoded[(int)directory..], little);
        for (int i = 0; i < entries; i++)
        {
            long at = directory + 2L + ((long)i * EntryLength);
            if (at + EntryLength > encoded.Length) return false;
            ReadOnlySpan<byte> entry = encoded.Slice((int)at, EntryLength);
            ushort tag = Short(entry, little);
            if (tag == DngVersion || (tag == NewSubfileType && (Long(entry[8..], little) & 1) == 1)) return true;
        }

        return false;
    }

    private static ushort Short(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
