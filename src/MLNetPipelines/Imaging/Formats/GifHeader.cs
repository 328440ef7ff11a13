using System.Buffers.Binary;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The blocks of a GIF before its first frame (GIF89a specification): which color shows where nothing was drawn.</summary>
internal static class GifHeader
{
    private const byte Extension = 0x21, GraphicControl = 0xF9, ImageDescriptor = 0x2C;

    public static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        // Skia decodes beside the result, and leaves what is transparent, or outside of the first frame, empty. Pillow has there the color
        // with the number of the transparent one, or the first, of the frame's palette.
        ImageHeader header = new() { WorkingBytes = DecodedImage.BytesPerPixel };
        if (encoded.Length < 13) return header;
        ReadOnlySpan<byte> rest = encoded[13..];
        ReadOnlySpan<byte> palette = Palette(encoded[10], ref rest);
        int background = 0;
        while (!rest.IsEmpty)
        {
            byte block = rest[0];
            rest = rest[1..];
            if (block == ImageDescriptor)
            {
                if (rest.Length < 9) break;
                byte flags = rest[8];
                rest = rest[9..];
                if ((flags & 0x80) != 0) palette = Palette(flags, ref rest);
                break;
            }

            if (block != Extension || rest.Length < 2) continue;
            bool control = rest[0] == GraphicControl;
            rest = rest[1..];
            for (bool first = true; !rest.IsEmpty && rest[0] > 0; first = false)
            {
                int length = Math.Min(rest[0], rest.Length - 1);
                if (control && first && length >= 4 && (rest[1] & 1) != 0) background = rest[4];
                rest = rest[(1 + length)..];
            }

            if (!rest.IsEmpty) rest = rest[1..];
        }

        // Numbers behind the palette's end are shades of gray in Pillow.
        byte[] color = palette.Length >= 3 * (background + 1)
            ? palette.Slice(3 * background, 3).ToArray()
            : [(byte)background, (byte)background, (byte)background];
        return header with { Correction = rgba => FillEmpty(rgba, color) };
    }

    private static ReadOnlySpan<byte> Palette(byte flags, ref ReadOnlySpan<byte> rest)
    {
        if ((flags & 0x80) == 0) return [];
        int length = Math.Min(3 << ((flags & 7) + 1), rest.Length);
        ReadOnlySpan<byte> palette = rest[..length];
        rest = rest[length..];
        return palette;
    }

    private static void FillEmpty(Span<byte> rgba, ReadOnlySpan<byte> color)
    {
        for (int i = 0; i < rgba.Length; i += DecodedImage.BytesPerPixel)
        {
            if (rgba[i + 3] == 0) color.CopyTo(rgba[i..]);
        }
    }
}
