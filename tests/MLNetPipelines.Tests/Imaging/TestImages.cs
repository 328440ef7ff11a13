using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>The images beside the tests; Data/ORIGIN.md says where they come from.</summary>
internal static class TestImages
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Imaging", "Data");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>What Pillow makes of an image: [224, 224, 3].</summary>
    public static byte[] Expected(string name, Interpolation interpolation = Interpolation.Bilinear)
    {
        return Expected(name, interpolation, "256_224", 224);
    }

    /// <summary>What Pillow makes of an image without cropping it: [112, 112, 3].</summary>
    public static byte[] Expected(string name, Interpolation interpolation, ImageResizing resizing) =>
        Expected(name, interpolation, $"{resizing.ToString().ToLowerInvariant()}_112", 112);

    private static byte[] Expected(string name, Interpolation interpolation, string what, int size)
    {
        string filter = interpolation == Interpolation.Bicubic ? "bicubic" : "bilinear";
        using SKBitmap bitmap = SKBitmap.Decode(PathOf($"expected/{name.Replace('.', '_')}_{filter}_{what}.png"));
        Assert.AreEqual((size, size), (bitmap.Width, bitmap.Height));
        return [.. bitmap.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue })];
    }

    public static byte[] Load(string name, ImagePreprocessing? preprocessing = null)
    {
        ImagePreprocessor preprocessor = new(preprocessing ?? new ImagePreprocessing());
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Load(PathOf(name), pixels);
        return pixels;
    }

    public static byte[] Decode(byte[] encoded, ImagePreprocessing? preprocessing = null)
    {
        ImagePreprocessor preprocessor = new(preprocessing ?? new ImagePreprocessing());
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Decode(encoded, pixels);
        return pixels;
    }

    /// <summary>A PNG file of one colour.</summary>
    public static byte[] Plain(int width, int height, SKColor color)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(color);
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    public static double MeanDifference(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Average();

    public static int LargestDifference(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();
}
