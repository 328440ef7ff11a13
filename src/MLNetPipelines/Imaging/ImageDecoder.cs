using System.Runtime.InteropServices;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Encoded pictures to pixels. The content says which format it is, not the name. Pixels are those in the file: embedded
/// colour profiles are not applied, and transparency is dropped, so that the colours under it show as stored, as with Pillow's
/// <c>convert("RGB")</c>; but what is transparent in a GIF, or outside its first frame, is black, and Pillow has a palette colour there.
/// 16-bit channels keep their upper 8 bits. Of an animation, the first frame counts. EXIF orientation is read from JPEG and WebP.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Reads an image file; the rest is <see cref="Decode"/>'s.</summary>
    /// <exception cref="UnreadableImageException">It is missing, or no whole picture of a known format and bearable size.</exception>
    public static DecodedImage DecodeFile(string path, long pixelLimit, double enough)
    {
        using SKData encoded = ImageFile.Read(path);
        return Decode(encoded, pixelLimit, enough, path);
    }

    /// <param name="encoded">JPEG, PNG, GIF, BMP or WebP.</param>
    /// <param name="pixelLimit">Most pixels, width times height, that a picture may have; looked at before memory is taken.</param>
    /// <param name="enough">Pixels of the shorter side that are enough: a JPEG is decoded at the smallest of 1/8, 1/4 and 1/2 of its size that has them.</param>
    /// <param name="name">The picture's file, for messages; null where there is none.</param>
    /// <returns>The picture, turned as its EXIF orientation says.</returns>
    /// <exception cref="UnreadableImageException">There is no whole picture of a known format and bearable size.</exception>
    public static DecodedImage Decode(SKData encoded, long pixelLimit, double enough, string? name)
    {
        if (encoded.IsEmpty)
        {
            throw new UnreadableImageException(name, "is empty");
        }

        if (!IsKnownFormat(encoded.AsSpan()))
        {
            throw new UnreadableImageException(name, "is no image in a known format (JPEG, PNG, GIF, BMP, WebP)");
        }

        using SKMemoryStream stream = new(encoded);
        using SKCodec? codec = SKCodec.Create(stream, out SKCodecResult opened);
        if (codec is null)
        {
            throw new UnreadableImageException(name, Reason(opened));
        }

        SKImageInfo stored = codec.Info;
        if (stored.Width < 1 || stored.Height < 1)
        {
            throw new UnreadableImageException(name, "has no pixels");
        }

        long pixelCount = (long)stored.Width * stored.Height;
        if (pixelCount > pixelLimit)
        {
            throw new UnreadableImageException(name, $"has {Megapixels(pixelCount)} megapixels; the limit is {Megapixels(pixelLimit)}");
        }

        SKSizeI size = ScaledSize(codec, enough);
        DecodedImage image = new(size.Width, size.Height) { FullWidth = stored.Width, FullHeight = stored.Height };
        SKCodecResult decoded = GetPixels(codec, image);
        if (decoded != SKCodecResult.Success)
        {
            image.Dispose();
            throw new UnreadableImageException(name, Reason(decoded));
        }

        return ImageOrientation.Apply(codec.EncodedOrigin, image);
    }

    // A JPEG's blocks of 8 x 8 pixels are cosines, and leaving out the quick ones gives blocks of 4, 2 or 1: less work, and an antialiased picture.
    private static SKSizeI ScaledSize(SKCodec codec, double enough)
    {
        SKSizeI whole = codec.Info.Size;
        if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg || Math.Min(whole.Width, whole.Height) / 2 < enough)
        {
            return whole;
        }

        return new[] { 1 / 8f, 1 / 4f, 1 / 2f }.Select(codec.GetScaledDimensions).First(size => Math.Min(size.Width, size.Height) >= enough);
    }

    private static SKCodecResult GetPixels(SKCodec codec, DecodedImage image)
    {
        // Without a colour space Skia converts no colours; unpremultiplied leaves colours under transparency alone.
        SKImageInfo wanted = new(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        GCHandle pinned = GCHandle.Alloc(image.Buffer, GCHandleType.Pinned);
        try
        {
            return codec.GetPixels(wanted, pinned.AddrOfPinnedObject(), wanted.RowBytes, SKCodecOptions.Default);
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>Keeps Skia's rarer readers (camera raw, icons, textures) away from files that nobody meant as pictures.</summary>
    private static bool IsKnownFormat(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith<byte>([0xFF, 0xD8, 0xFF])
        || encoded.StartsWith<byte>([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A])
        || encoded.StartsWith("GIF8"u8)
        || encoded.StartsWith("BM"u8)
        || (encoded.StartsWith("RIFF"u8) && encoded.Length >= 12 && encoded[8..12].SequenceEqual("WEBP"u8));

    private static string Reason(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "is truncated",
        SKCodecResult.Unimplemented => "uses a feature of its format that cannot be read",
        _ => "is truncated or damaged", // a progressive JPEG that ends early is InvalidInput
    };

    private static string Megapixels(long pixels) =>
        (pixels / 1e6).ToString("0.######", System.Globalization.CultureInfo.InvariantCulture);
}
