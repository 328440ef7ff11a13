using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images as a few pixels, to find copies by where no network knows what an image shows: two copies of an image correlate, whatever their
/// sizes and compression; a crop does not.
/// </summary>
internal static class ImageSketches
{
    /// <summary>
    /// The least correlation of copies: of 200 flower photos of 320 pixels, copies of 100 pixels and more at JPEG quality 75 have 0.993,
    /// those of 60 pixels 0.969, and no two photos 0.90.
    /// </summary>
    public const double CopyThreshold = 0.97;

    private const int Side = 16;

    // Mean distance from the mean in levels of 255, below which an image is one colour and correlates with anything.
    private const double LeastContrast = 4;

    /// <summary>
    /// Images with a sketch in place of their features, in the order given; those that cannot be read, or are all of one colour, are left
    /// out.
    /// </summary>
    public static IReadOnlyList<LabeledFeatures> Of(IReadOnlyList<LabeledFeatures> images, CancellationToken cancellationToken) =>
    [
        .. images.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select(image => Sketch(image.ImagePath) is float[] sketch ? image with { Features = sketch } : null).OfType<LabeledFeatures>(),
    ];

    /// <returns>[16, 16, 3] around the mean of each colour; null where there is nothing to compare by.</returns>
    internal static float[]? Sketch(string path)
    {
        try
        {
            using DecodedImage image = ImageDecoder.DecodeFile(path, new FeaturizeImagesOptions().PixelLimit, enough: 4 * Side);
            return Sketch(image);
        }
        catch (UnreadableImageException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="Sketch(string)"/>
    internal static float[]? Sketch(DecodedImage image)
    {
        byte[] pixels = new byte[Side * Side * 3];
        Resampler.Resample(
            image.Pixels, image.Width, image.Height, new CropWindow(Side, Side, 0, 0, Side, Side), Interpolation.Bilinear, pixels);
        float[] sketch = new float[pixels.Length];
        for (int color = 0; color < 3; color++)
        {
            double mean = Enumerable.Range(0, Side * Side).Average(i => pixels[3 * i + color]);
            for (int i = color; i < pixels.Length; i += 3) sketch[i] = (float)(pixels[i] - mean);
        }

        return sketch.Average(MathF.Abs) < LeastContrast ? null : sketch;
    }
}
