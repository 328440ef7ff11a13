using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Turns an image as its EXIF orientation (1 to 8, EXIF 2.3, tag 0x0112) says, so that up is up.</summary>
internal static class ImageOrientation
{
    /// <summary>Pixels of a block's side: the columns that a block writes to stay in the first-level cache.</summary>
    public const int BlockSide = 16;

    /// <summary>Whether rows and columns are exchanged: the first row is the image's left or right side.</summary>
    public static bool Swaps(int orientation) => orientation >= 5;

    /// <summary>Puts some rows, as they are stored, where they belong in the upright image.</summary>
    /// <param name="rows">[rows, width, 4].</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="firstRow">Number of the first of the rows.</param>
    /// <param name="orientation">1 to 8.</param>
    /// <param name="upright">Takes them.</param>
    public static void Place(ReadOnlySpan<byte> rows, int width, int firstRow, int orientation, DecodedImage upright)
    {
        bool fromRight = orientation is 2 or 3 or 6 or 7;
        bool fromBottom = orientation is 3 or 4 or 7 or 8;

        // Where a stored pixel (x, y) lands in the upright image: start + x * perColumn + y * perRow.
        int rightwards = fromRight ? -1 : 1;
        int downwards = fromBottom ? -upright.Width : upright.Width;
        int start = (fromRight ? upright.Width - 1 : 0) + (fromBottom ? (upright.Height - 1) * upright.Width : 0);
        (int perColumn, int perRow) = Swaps(orientation) ? (downwards, rightwards) : (rightwards, downwards);
        Scatter(MemoryMarshal.Cast<byte, uint>(rows), width, start + (firstRow * perRow), perColumn, perRow,
            MemoryMarshal.Cast<byte, uint>(upright.Pixels));
    }

    private static void Scatter(ReadOnlySpan<uint> source, int width, int start, int perColumn, int perRow, Span<uint> target)
    {
        int height = source.Length / width;
        for (int top = 0; top < height; top += BlockSide)
        {
            int bottom = Math.Min(top + BlockSide, height);
            for (int left = 0; left < width; left += BlockSide)
            {
                int right = Math.Min(left + BlockSide, width);
                for (int y = top; y < bottom; y++)
                {
                    int landing = start + (left * perColumn) + (y * perRow);
                    foreach (uint pixel in source[((y * width) + left)..((y * width) + right)])
                    {
                        target[landing] = pixel;
                        landing += perColumn;
                    }
                }
            }
        }
    }
}
