using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Pictures to the pixels that a network takes: uint8 [H, W, 3], R, G, B, H = W = <see cref="ImagePreprocessing.ImageSize"/>.
/// Decoded by SkiaSharp, turned upright, resized as Pillow does it. Safe to call from many threads at once.
/// </summary>
public sealed class ImagePreprocessor
{
    // A resized picture is never held whole, but its coordinates must stay exact: 2^20 times 2^31 fits.
    private const int LargestShorterSide = 1 << 20;

    private readonly ImagePreprocessing preprocessing;
    private readonly long pixelLimit;
    private readonly double enough;

    /// <summary>Prepares for one kind of network.</summary>
    /// <param name="preprocessing">Size, crop and filter.</param>
    /// <param name="pixelLimit">
    /// Most pixels, width times height, that an encoded picture may have, up to 500 million. The default, 100 million, takes 400 MB to 1 GB
    /// for a while (see <see cref="ImageDecoder"/>); a file of a few kilobytes can ask for it.
    /// </param>
    /// <param name="scaledDecoding">See <see cref="FeaturizeImagesOptions.ScaledDecoding"/>.</param>
    public ImagePreprocessor(ImagePreprocessing preprocessing, long pixelLimit = 100_000_000, double? scaledDecoding = null)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(pixelLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pixelLimit, FeaturizeImagesOptions.LargestPixelLimit);
        if (preprocessing.ShorterSide > LargestShorterSide)
        {
            throw new ArgumentOutOfRangeException(nameof(preprocessing), preprocessing.CropFraction,
                $"A crop fraction this small would resize images to more than {LargestShorterSide} pixels. The usual one is 0.875.");
        }

        this.preprocessing = preprocessing;
        this.pixelLimit = pixelLimit;
        enough = scaledDecoding * preprocessing.ShorterSide ?? double.PositiveInfinity;
    }

    /// <summary>Bytes that one picture becomes: H * W * 3.</summary>
    public int PixelCount => preprocessing.ImageSize * preprocessing.ImageSize * 3;

    /// <summary>Reads an image file.</summary>
    /// <param name="path">JPEG, PNG, GIF, BMP or WebP, whatever its name says.</param>
    /// <param name="pixels">Takes the result; <see cref="PixelCount"/> long.</param>
    /// <param name="cancellationToken">Stops the decoding.</param>
    /// <exception cref="UnreadableImageException">The file is missing, or not a whole picture of a known format and bearable size.</exception>
    public void Load(string path, Span<byte> pixels, CancellationToken cancellationToken = default) => Read(path, pixels, cancellationToken);

    /// <inheritdoc cref="Load"/>
    /// <returns>What is odd about the picture.</returns>
    internal ImageOddities Read(string path, Span<byte> pixels, CancellationToken cancellationToken = default)
    {
        using EncodedImage encoded = ImageFile.Read(path);
        return Decode(encoded, pixels, path, cancellationToken);
    }

    /// <summary>Reads an image file that is in memory.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="pixels">Takes the result; <see cref="PixelCount"/> long.</param>
    /// <param name="name">Names the picture in messages.</param>
    /// <exception cref="UnreadableImageException">The bytes are not a whole image of a known format and bearable size.</exception>
    public void Decode(ReadOnlySpan<byte> encoded, Span<byte> pixels, string? name = null)
    {
        using EncodedImage copy = EncodedImage.Copy(encoded);
        Decode(copy, pixels, name);
    }

    /// <summary>
    /// Takes a picture that ML.NET has read. Its colours are taken as ML.NET holds them: its readers multiply them by the
    /// transparency and leave EXIF orientation alone, so a translucent or turned picture gives other pixels than <see cref="Load"/>.
    /// </summary>
    /// <param name="image">Bgra32 or Rgba32; it is not disposed of.</param>
    /// <param name="pixels">Takes the result; <see cref="PixelCount"/> long.</param>
    public void Convert(MLImage image, Span<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(pixels);
        Resample(image.Pixels, image.Width, image.Height, Window(image.Width, image.Height), pixels);
        if (image.PixelFormat == MLPixelFormat.Bgra32)
        {
            ExchangeRedAndBlue(pixels);
        }

        GC.KeepAlive(image); // its pixels are native memory
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, Span{byte}, string?)"/>
    /// <returns>What is odd about the picture.</returns>
    internal ImageOddities Decode(EncodedImage encoded, Span<byte> pixels, string? name, CancellationToken cancellationToken = default)
    {
        CheckLength(pixels);
        using DecodedImage image = Open(encoded, name, cancellationToken);
        Convert(image, pixels);
        return image.Oddities;
    }

    /// <summary>Reads an image file as <see cref="Load"/> does, as far as decoding it.</summary>
    internal DecodedImage Open(string path) => ImageDecoder.DecodeFile(path, pixelLimit, enough);

    /// <inheritdoc cref="Open(string)"/>
    internal DecodedImage Open(EncodedImage encoded, string? name, CancellationToken cancellationToken) =>
        ImageDecoder.Decode(encoded, pixelLimit, enough, name, cancellationToken);

    /// <summary>Takes what <see cref="Open(string)"/> gave.</summary>
    internal void Convert(DecodedImage image, Span<byte> pixels)
    {
        CheckLength(pixels);
        // The window is the whole picture's, so that a smaller copy gives the same part of it.
        Resample(image.Pixels, image.Width, image.Height, Window(image.FullWidth, image.FullHeight), pixels);
    }

    /// <summary>The part of a picture that the network sees.</summary>
    internal CropWindow Window(int width, int height) => preprocessing.Window(width, height);

    private void Resample(ReadOnlySpan<byte> rgba, int width, int height, CropWindow window, Span<byte> pixels) =>
        Resampler.Resample(rgba, width, height, window, preprocessing.Interpolation, pixels);

    private static void ExchangeRedAndBlue(Span<byte> pixels)
    {
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        }
    }

    private void CheckLength(ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length != PixelCount)
        {
            throw new ArgumentException(
                $"The span for the pixels has {pixels.Length} bytes; an image of {preprocessing.ImageSize} x {preprocessing.ImageSize} "
                + $"takes {PixelCount}.",
                nameof(pixels));
        }
    }
}
