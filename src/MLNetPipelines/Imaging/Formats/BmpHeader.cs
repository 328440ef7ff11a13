using System.Buffers.Binary;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The header of a Windows bitmap: how many bits the channels of a 16-bit pixel have.</summary>
internal static class BmpHeader
{
    private const int BitFields = 3;

    public static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < 66 || BinaryPrimitives.ReadUInt32LittleEndian(encoded[14..]) < 40
            || BinaryPrimitives.ReadUInt16LittleEndian(encoded[28..]) != 16)
        {
            return new ImageHeader();
        }

        bool sixGreen = BinaryPrimitives.ReadUInt32LittleEndian(encoded[30..]) == BitFields
            && BinaryPrimitives.ReadUInt32LittleEndian(encoded[58..]) == 0x07E0;
        byte[] five = RoundedDown(31), green = sixGreen ? RoundedDown(63) : five;
        return new ImageHeader
        {
            Correction = rgba =>
            {
                for (int i = 0; i < rgba.Length; i += DecodedImage.BytesPerPixel)
                {
                    (rgba[i], rgba[i + 1], rgba[i + 2]) = (five[rgba[i]], green[rgba[i + 1]], five[rgba[i + 2]]);
                }
            },
        };
    }

    /// <summary>Pillow rounds down where it scales a channel of few bits to 0 to 255; Skia rounds to the nearest.</summary>
    private static byte[] RoundedDown(int highest) => [.. Enumerable.Range(0, 256)
        .Select(value => (byte)(((value * highest) + 127) / 255 * 255 / highest))];
}
