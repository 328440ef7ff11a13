using SkiaSharp;

namespace ResNetMLNet.Trainer;

/// <summary>Photos to measure decoding on where there are none: as large in pixels and bytes as those of common data sets.</summary>
internal static class MadeUpPhotos
{
    // The middle of ImageNet's photos, in a quality that cameras and editors write.
    private const int Width = 500, Height = 375, Quality = 90;

    /// <summary>Writes JPEG files.</summary>
    /// <returns>Their paths.</returns>
    public static string[] Write(string folder, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Write(Path.Combine(folder, $"{i}.jpg"), new Random(i)))];

    // Slow waves of colour under noise: what the codec has to do is what a photo asks of it.
    private static string Write(string path, Random random)
    {
        byte[] pixels = new byte[4 * Width * Height];
        double[] waves = [.. Enumerable.Range(0, 6).Select(_ => random.NextDouble() / 40)];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                int start = 4 * (y * Width + x);
                for (int channel = 0; channel < 3; channel++) pixels[start + channel] = Shade(x, y, 2 * channel);
                pixels[start + 3] = byte.MaxValue;
            }
        }

        using var image = SKImage.FromPixelCopy(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData encoded = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
        using FileStream file = File.Create(path);
        encoded.SaveTo(file);
        return path;

        byte Shade(int x, int y, int wave) =>
            (byte)(128 + 100 * Math.Sin(waves[wave] * x + waves[wave + 1] * y) + random.Next(-12, 13));
    }
}
