using System.Runtime.InteropServices;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A picture to show, not to classify: uint8 [Height, Width, 3], R, G, B.</summary>
internal sealed record RgbPicture(byte[] Pixels, int Width, int Height)
{
    /// <summary>
    /// Reads an image file, upright, made smaller where its longer side has more pixels than <paramref name="longestSide"/>.
    /// </summary>
    /// <exception cref="UnreadableImageException">The file is missing, or no whole picture of a known format and bearable size.</exception>
    public static RgbPicture Load(string path, int longestSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 1);
        using DecodedImage image = ImageDecoder.DecodeFile(path, new FeaturizeImagesOptions().PixelLimit, enough: longestSide);
        double scale = Math.Min(1, (double)longestSide / Math.Max(image.FullWidth, image.FullHeight));
        int width = Math.Max(1, (int)Math.Round(image.FullWidth * scale)), height = Math.Max(1, (int)Math.Round(image.FullHeight * scale));
        byte[] pixels = new byte[width * height * 3];
        Resampler.Resample(image.Pixels, image.Width, image.Height, new CropWindow(width, height, 0, 0, width, height),
            Interpolation.Bilinear, pixels);
        return new RgbPicture(pixels, width, height);
    }

    /// <returns>An image file's bytes.</returns>
    public byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        byte[] rgba = new byte[Width * Height * 4];
        for (int i = 0; i < Width * Height; i++)
        {
            Pixels.AsSpan(3 * i, 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[4 * i + 3] = byte.MaxValue;
        }

        using SKBitmap bitmap = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        using SKData encoded = bitmap.Encode(format, quality);
        return encoded.ToArray();
    }
}
