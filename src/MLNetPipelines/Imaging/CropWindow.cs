namespace ResNetMLNet.MLNetPipelines;

/// <summary>A rectangle of a resized picture, in the resized picture's pixels.</summary>
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

    /// <summary>The window in the pixels of the picture before.</summary>
    internal ImageRegion In(int width, int height)
    {
        double across = (double)width / ResizedWidth, down = (double)height / ResizedHeight;
        return new ImageRegion(Left * across, Top * down, Width * across, Height * down);
    }

    // Python's round(), half to even, as torchvision's CenterCrop has it.
    private static long Middle(long length, int size) => (long)Math.Round((length - size) / 2.0, MidpointRounding.ToEven);
}
