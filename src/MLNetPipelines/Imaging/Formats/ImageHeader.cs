namespace ResNetMLNet.MLNetPipelines;

/// <summary>What an image file says before its pixels, and Skia does not tell.</summary>
internal sealed record ImageHeader
{
    /// <summary>EXIF orientation, 1 to 8.</summary>
    public int Orientation { get; init; } = 1;

    /// <summary>Bytes that decoding takes for each pixel of the file, beside the result.</summary>
    public double WorkingBytes { get; init; }

    /// <summary>What is odd about the image by its header alone.</summary>
    public ImageOddities Oddities { get; init; }

    /// <summary>
    /// What Skia reads in place of the file's first bytes, where it would not decode as Pillow does; null where it reads them as they are.
    /// </summary>
    public byte[]? Disguise { get; init; }

    /// <summary>Makes Pillow's pixels of Skia's, R, G, B, A, in place; null where they are the same.</summary>
    public PixelCorrection? Correction { get; init; }

    /// <summary>Reads a file's header.</summary>
    /// <returns>Null where the file is in none of the formats that are read.</returns>
    /// <exception cref="DamagedImageException">The file is damaged where Skia would not see it.</exception>
    public static ImageHeader? Read(ReadOnlySpan<byte> encoded)
    {
        // Keeps Skia's rarer readers (camera raw, icons, textures) away from files that nobody meant as images.
        if (encoded.StartsWith<byte>([0xFF, 0xD8, 0xFF])) return JpegHeader.Read(encoded);
        if (encoded.StartsWith(PngHeader.Signature)) return PngHeader.Read(encoded);
        if (encoded.StartsWith("GIF87a"u8) || encoded.StartsWith("GIF89a"u8)) return GifHeader.Read(encoded);
        if (encoded.StartsWith("RIFF"u8) && encoded.Length >= 12 && encoded[8..12].SequenceEqual("WEBP"u8)) return WebPHeader.Read(encoded);
        return encoded.StartsWith("BM"u8) ? BmpHeader.Read(encoded) : null;
    }
}

/// <summary>Changes pixels in place: [pixels, 4], R, G, B, A.</summary>
internal delegate void PixelCorrection(Span<byte> rgba);

/// <summary>A file is damaged.</summary>
/// <param name="reason">The end of a sentence that starts with the image.</param>
internal sealed class DamagedImageException(string reason) : Exception(reason);
