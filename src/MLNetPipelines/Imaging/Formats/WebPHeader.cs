using System.Buffers.Binary;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The chunks of a WebP file (RFC 9649).</summary>
internal static class WebPHeader
{
    private const byte HasExif = 0x08;

    public static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        // A lossless image is decoded beside the result.
        ImageHeader header = new() { WorkingBytes = DecodedImage.BytesPerPixel };
        ReadOnlySpan<byte> rest = encoded[12..];
        if (!rest.StartsWith("VP8X"u8) || rest.Length < 9 || (rest[8] & HasExif) == 0) return header;
        while (rest.Length >= 8)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8) break;
            if (rest.StartsWith("EXIF"u8)) return header with { Orientation = ExifOrientation.Read(rest.Slice(8, (int)length)) ?? 1 };
            rest = rest[Math.Min(8 + (int)length + (int)(length & 1), rest.Length)..];
        }

        return header;
    }
}
