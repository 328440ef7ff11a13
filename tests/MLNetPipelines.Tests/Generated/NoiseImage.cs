using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Small pictures of noise around one colour.</summary>
internal static class NoiseImage
{
    /// <summary>Writes a PNG.</summary>
    /// <returns>Its pixels: uint8 [height, width, 3], R, G, B.</returns>
    public static byte[] Write(string path, int seed, SKColor around, int width = 32, int height = 32)
    {
        Random random = new(seed);
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            SKColor color = new(Near(around.Red), Near(around.Green), Near(around.Blue));
            bitmap.SetPixel(i % width, i / width, color);
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (color.Red, color.Green, color.Blue);
        }

        using FileStream file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
        return pixels;

        byte Near(byte value) => (byte)Math.Clamp(value + random.Next(-40, 40), 0, 255);
    }

    /// <summary>Writes <paramref name="count"/> pictures of different colours and sizes.</summary>
    public static string[] WriteMany(TemporaryFolder folder, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        string path = folder.File($"image{i:000}.png");
        Write(path, i, new SKColor((byte)(i * 37), (byte)(i * 71), (byte)(i * 113)), 20 + i % 30, 50 - i % 30);
        return path;
    })];

    /// <summary>Writes a folder of red, green and blue pictures.</summary>
    public static void WriteClasses(TemporaryFolder folder, int perClass)
    {
        SKColor[] colors = [new(180, 70, 70), new(70, 180, 70), new(70, 70, 180)];
        foreach ((int index, string name) in new[] { "red", "green", "blue" }.Index())
        {
            for (int i = 0; i < perClass; i++)
            {
                Write(folder.File(name, $"{i:00}.png"), 100 * index + i, colors[index]);
            }
        }
    }
}
