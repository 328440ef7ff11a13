namespace ResNetMLNet.MLNetPipelines;

/// <summary>A rectangle of a resized picture, in the resized picture's pixels. It may reach beyond the picture.</summary>
/// <param name="ResizedWidth">Width of the whole resized picture. Only the window is ever computed, so it may be huge.</param>
/// <param name="ResizedHeight">Height of the whole resized picture.</param>
/// <param name="Left">First column of the window.</param>
/// <param name="Top">First row of the window.</param>
/// <param name="Width">Columns of the window.</param>
/// <param name="Height">Rows of the window.</param>
public readonly record struct CropWindow(long ResizedWidth, long ResizedHeight, long Left, long Top, int Width, int Height)
{
    /// <summary>The square in the middle of a picture whose shorter side was resized.</summary>
    /// <param name="width">Width of the picture before.</param>
    /// <param name="height">Height of the picture before.</param>
    /// <param name="shorterSide">What the shorter side becomes; the longer one follows, rounded down (as in torchvision and timm).</param>
    /// <param name="size">Side of the square, at most <paramref name="shorterSide"/>.</param>
    public static CropWindow Center(int width, int height, int shorterSide, int size)
    {
        long resizedWidth = width <= height ? shorterSide : (long)shorterSide * width / height;
        long resizedHeight = width <= height ? (long)shorterSide * height / width : shorterSide;
        return new CropWindow(resizedWidth, resizedHeight, Middle(resizedWidth, size), Middle(resizedHeight, size), size, size);
    }

    /// <summary>The square around a picture whose longer side was resized, the picture in its middle, as by Pillow's ImageOps.pad.</summary>
    /// <param name="width">Width of the picture before.</param>
    /// <param name="height">Height of the picture before.</param>
    /// <param name="size">Side of the square.</param>
    public static CropWindow Letterbox(int width, int height, int size)
    {
        long resizedWidth = width >= height ? size : Shorter(width, height), resizedHeight = width >= height ? Shorter(height, width) : size;
        return new CropWindow(
            resizedWidth, resizedHeight, -Middle(size, (int)resizedWidth), -Middle(size, (int)resizedHeight), size, size);

        // A line of pixels stays one, where Pillow refuses it.
        long Shorter(int shorter, int longer) => Math.Max(1, (long)Math.Round((double)shorter / longer * size, MidpointRounding.ToEven));
    }

    /// <summary>What of the window lies inside the picture.</summary>
    internal CropWindow Inside()
    {
        long left = Math.Max(Left, 0), top = Math.Max(Top, 0);
        return this with
        {
            Left = left,
            Top = top,
            Width = (int)(Math.Min(Left + Width, ResizedWidth) - left),
            Height = (int)(Math.Min(Top + Height, ResizedHeight) - top),
        };
    }

    /// <summary>The window in the pixels of the picture before.</summary>
    internal ImageRegion In(int width, int height)
    {
        double across = (double)width / ResizedWidth, down = (double)height / ResizedHeight;
        return new ImageRegion(Left * across, Top * down, Width * across, Height * down);
    }

    // Python's round(), half to even, as torchvision's CenterCrop has it.
    private static long Middle(long length, int size) => (long)Math.Round((length - size) / 2.0, MidpointRounding.ToEven);
}
