namespace ResNetMLNet.MLNetPipelines;

/// <summary>What is odd about an image that can be read all the same. The numbers stand in caches: they never change.</summary>
[Flags]
internal enum ImageOddities : byte
{
    None = 0,

    /// <summary>All pixels have one color.</summary>
    Flat = 1,

    /// <summary>A grayscale PNG of 16 bits, of whose values those above 255 become white, as in Pillow.</summary>
    ClippedGray = 2,
}

/// <summary>Oddities in words.</summary>
internal static class ImageOdditiesText
{
    /// <returns>The end of a sentence that starts with the image; null where nothing is odd.</returns>
    public static string? Describe(this ImageOddities oddities) => oddities switch
    {
        _ when oddities.HasFlag(ImageOddities.ClippedGray) =>
            "is a 16-bit grayscale PNG, whose values above 255 become white, as in Pillow; scale it to 8 bits "
            + "(ImageMagick: `magick in.png -auto-level -depth 8 out.png`)",
        _ when oddities.HasFlag(ImageOddities.Flat) =>
            "is one flat color after decoding; a transparent image loses its background (ImageMagick: `magick in.png -background white "
                + "-flatten out.png`)",
        _ => null,
    };
}
