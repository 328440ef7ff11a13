using System.Globalization;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Images to what the network takes, as the settings column of a saved model says. Safe to use from many threads at once.
/// </summary>
internal sealed class SavedDecoder
{
    private readonly ImagePreprocessor preprocessor;
    private readonly int size;
    private readonly UnreadableImages unreadable;
    private readonly string settings;

    /// <param name="settings">What <see cref="Settings"/> wrote; models of the first version end before the word about unreadable images,
    /// and throw.</param>
    private SavedDecoder(string settings)
    {
        this.settings = settings;
        string[] words = settings.Split(' ');
        ImagePreprocessing preprocessing = ImagePreprocessing.Parse(string.Join(' ', words[1..4]));
        preprocessor = new ImagePreprocessor(preprocessing, long.Parse(words[0], CultureInfo.InvariantCulture),
            words.Length == 6 ? double.Parse(words[5], CultureInfo.InvariantCulture) : null);
        size = preprocessing.ImageSize;
        unreadable = words.Length == 4 ? UnreadableImages.Throw : Enum.Parse<UnreadableImages>(words[4]);
    }

    /// <returns>
    /// The pixel limit, the preprocessing, what to do with unreadable images, and where photos are not decoded whole the pixels that are
    /// enough: <c>100000000 224 0.875 bilinear Throw 2</c>.
    /// </returns>
    public static string Settings(ImagePreprocessing preprocessing, FeaturizeImagesOptions options) =>
        string.Create(CultureInfo.InvariantCulture,
        $"{options.PixelLimit} {preprocessing.ToText()} {options.UnreadableImages} {options.ScaledDecoding:R}").TrimEnd();

    /// <summary>The decoder for those settings: the one at hand if it is, otherwise a new one, which is then at hand.</summary>
    public static SavedDecoder For(ReadOnlyMemory<char> settings, ref SavedDecoder? atHand)
    {
        // A model has one setting, but ML.NET may run its mapping on many threads at once.
        SavedDecoder? decoder = Volatile.Read(ref atHand);
        if (decoder is null || !settings.Span.SequenceEqual(decoder.settings))
        {
            decoder = new SavedDecoder(settings.ToString());
            Volatile.Write(ref atHand, decoder);
        }

        return decoder;
    }

    /// <param name="open">Opens the image.</param>
    /// <returns>The image, or a black one where it cannot be read and the settings allow that.</returns>
    /// <exception cref="UnreadableImageException">The image cannot be read, and the settings do not allow that.</exception>
    public (MLImage Image, bool IsReadable) Decode(Func<Picture> open)
    {
        byte[] rgb = new byte[preprocessor.PixelCount];
        try
        {
            using Picture picture = open();
            picture.Preprocess(preprocessor, rgb);
            return (ToImage(rgb), true);
        }
        catch (UnreadableImageException) when (unreadable == UnreadableImages.UseDefault)
        {
            return (ToImage(new byte[preprocessor.PixelCount]), false);
        }
    }

    private MLImage ToImage(ReadOnlySpan<byte> rgb)
    {
        byte[] rgba = new byte[size * size * 4];
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(rgba.AsSpan(to));
            rgba[to + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(size, size, MLPixelFormat.Rgba32, rgba);
    }
}
