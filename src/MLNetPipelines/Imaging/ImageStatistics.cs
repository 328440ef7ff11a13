namespace ResNetMLNet.MLNetPipelines;

/// <summary>What the pixels of an image say whatever it shows: size, brightness, variety, sharpness.</summary>
public sealed record ImageStatistics
{
    // Of a pixel's brightness and of its three channels: 0 to 255.
    private const int Levels = 256;

    /// <summary>Pixels of a row of the whole image, turned upright.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the whole image, turned upright.</summary>
    public required int Height { get; init; }

    /// <summary>
    /// The 5th percentile of the pixels' brightness, 0 (black) to 1 (white), to 1/255: 95 % of the image is at least so bright. Brightness
    /// is sqrt(0.241 R² + 0.691 G² + 0.068 B²), as in cleanvision.
    /// </summary>
    public required double LowBrightness { get; init; }

    /// <summary>The 99th percentile of the pixels' brightness, 0 to 1: 99 % of the image is at most so bright.</summary>
    public required double HighBrightness { get; init; }

    /// <summary>
    /// Shannon entropy of the values of all three channels together in bits, 0 to 9.58, as Pillow's <c>Image.entropy</c> has it; one color
    /// has at most 1.58.
    /// </summary>
    public required double Entropy { get; init; }

    /// <summary>
    /// How sharp the sharpest part is, about 0 to 16 (<see cref="ImageSharpness"/>); the lower, the more blurred.
    /// </summary>
    public required double Sharpness { get; init; }

    /// <summary>Pixels of the shorter side.</summary>
    public int ShorterSide => Math.Min(Width, Height);

    /// <summary>The shorter side divided by the longer one: 1 for a square.</summary>
    public double AspectRatio => (double)ShorterSide / Math.Max(Width, Height);

    /// <summary>Measures an image.</summary>
    /// <param name="image">Whole, or a smaller copy; its transparency does not count.</param>
    public static ImageStatistics Of(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        long[] brightness = new long[Levels], values = new long[3 * Levels];
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += DecodedImage.BytesPerPixel)
        {
            (int r, int g, int b) = (pixels[i], pixels[i + 1], pixels[i + 2]);
            brightness[(int)MathF.Round(MathF.Sqrt((0.241f * r * r) + (0.691f * g * g) + (0.068f * b * b)))]++;
            values[r]++;
            values[Levels + g]++;
            values[(2 * Levels) + b]++;
        }

        return new ImageStatistics
        {
            Width = image.FullWidth,
            Height = image.FullHeight,
            LowBrightness = Percentile(brightness, 0.05),
            HighBrightness = Percentile(brightness, 0.99),
            Entropy = Bits(values),
            Sharpness = ImageSharpness.Of(image),
        };
    }

    /// <summary>The lowest level that at least such a part of the pixels is at or below.</summary>
    private static double Percentile(long[] histogram, double part)
    {
        double wanted = part * histogram.Sum();
        long passed = 0;
        int level = -1;
        while (passed < wanted) passed += histogram[++level];
        return (double)level / (Levels - 1);
    }

    private static double Bits(long[] histogram)
    {
        double count = histogram.Sum();
        return histogram.Where(values => values > 0).Sum(values => -values / count * Math.Log2(values / count));
    }
}
