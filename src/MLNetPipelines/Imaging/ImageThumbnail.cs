using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Image files as small JPEGs, for pages that show them.</summary>
public static class ImageThumbnail
{
    // JPEG's, 1 to 100.
    internal const int Quality = 75;

    /// <summary>Reads an image, turned as its EXIF orientation says, and makes it small.</summary>
    /// <param name="path">JPEG, PNG, GIF, BMP or WebP, whatever its name says.</param>
    /// <param name="longestSide">Pixels, at least 1; a smaller image keeps its size.</param>
    /// <returns>The bytes of a JPEG file.</returns>
    /// <exception cref="UnreadableImageException">The file is missing, damaged, in no known format or too large.</exception>
    public static byte[] Jpeg(string path, int longestSide) =>
        RgbPicture.Load(path, longestSide).Encode(SKEncodedImageFormat.Jpeg, Quality);
}
