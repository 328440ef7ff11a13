using System.Runtime.InteropServices;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Turns a picture as its EXIF orientation (1 to 8, EXIF 2.3, tag 0x0112) says, so that up is up.</summary>
internal static class ImageOrientation
{
    // Pixels of a block's side: the columns that a block writes to stay in the first-level cache.
    private const int BlockSide = 16;

    /// <returns>The same image where it stands upright already, otherwise a new one; the given one is then disposed of.</returns>
    public static DecodedImage Apply(SKEncodedOrigin origin, DecodedImage image)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
        {
            return image;
        }

        // Numbers 5 to 8 have rows and columns exchanged: their first row is the picture's left or right side.
        bool transposed = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        bool fromBottom = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

        using (image)
        {
            DecodedImage upright = transposed
                ? new(image.Height, image.Width) { FullWidth = image.FullHeight, FullHeight = image.FullWidth }
                : new(image.Width, image.Height) { FullWidth = image.FullWidth, FullHeight = image.FullHeight };
            int lastColumn = upright.Width - 1;
            int lastRow = upright.Height - 1;

            // Where a stored pixel (x, y) lands in the upright picture: start + x * perColumn + y * perRow.
            int rightwards = fromRight ? -1 : 1;
            int downwards = fromBottom ? -upright.Width : upright.Width;
            int start = (fromRight ? lastColumn : 0) + (fromBottom ? lastRow * upright.Width : 0);
            (int perColumn, int perRow) = transposed ? (downwards, rightwards) : (rightwards, downwards);
            Scatter(image, upright, start, perColumn, perRow);
            return upright;
        }
    }

    private static void Scatter(DecodedImage stored, DecodedImage upright, int start, int perColumn, int perRow)
    {
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(stored.Pixels);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.Pixels);
        for (int top = 0; top < stored.Height; top += BlockSide)
        {
            int bottom = Math.Min(top + BlockSide, stored.Height);
            for (int left = 0; left < stored.Width; left += BlockSide)
            {
                int right = Math.Min(left + BlockSide, stored.Width);
                for (int y = top; y < bottom; y++)
                {
                    int landing = start + (left * perColumn) + (y * perRow);
                    foreach (uint pixel in source[((y * stored.Width) + left)..((y * stored.Width) + right)])
                    {
                        target[landing] = pixel;
                        landing += perColumn;
                    }
                }
            }
        }
    }
}
