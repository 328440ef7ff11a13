using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Where in an image a classifier sees a class; <see cref="ImageExplainer"/> makes it.</summary>
public sealed record ClassActivationMap
{
    /// <summary>The image file.</summary>
    public required string Path { get; init; }

    /// <summary>The class that is shown.</summary>
    public required string Label { get; init; }

    /// <summary>Every class, the most probable first.</summary>
    public required IReadOnlyList<ClassProbability> Ranking { get; init; }

    /// <summary>Positions from top to bottom.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions from left to right.</summary>
    public required int Columns { get; init; }

    /// <summary>What each position adds to the class's score, row by row, [Rows, Columns]; 0 where it adds nothing or takes away.</summary>
    public required IReadOnlyList<float> Values { get; init; }

    /// <summary>Width of the image in pixels, turned upright.</summary>
    public required int ImageWidth { get; init; }

    /// <summary>Height of the image in pixels, turned upright.</summary>
    public required int ImageHeight { get; init; }

    /// <summary>The part of the image that the network sees and that the map covers.</summary>
    public required ImageRegion Seen { get; init; }

    /// <summary>Writes the image under the map in colours, whole or not at all. What the network does not see is darkened.</summary>
    /// <param name="path">A .png or .jpg file; one that is there is replaced.</param>
    /// <exception cref="ArgumentException">The name ends in neither.</exception>
    /// <exception cref="UnreadableImageException">The image cannot be read any more.</exception>
    public void SaveOverlay(string path)
    {
        SKEncodedImageFormat format = System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => SKEncodedImageFormat.Png,
            ".jpg" or ".jpeg" => SKEncodedImageFormat.Jpeg,
            _ => throw new ArgumentException($"'{path}' says no format that an overlay is written in. Name it .png or .jpg.", nameof(path)),
        };
        byte[] encoded = Overlay(Math.Max(ImageWidth, ImageHeight)).Encode(format, quality: 90);
        WholeFile.Write(path, file => file.Write(encoded));
    }

    /// <summary>The image under the map, as a small JPEG.</summary>
    /// <param name="longestSide">Pixels, at least 1; a smaller image keeps its size.</param>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="UnreadableImageException">The image cannot be read any more.</exception>
    public byte[] OverlayThumbnail(int longestSide) => Overlay(longestSide).Encode(SKEncodedImageFormat.Jpeg, ImageThumbnail.Quality);

    private RgbPicture Overlay(int longestSide)
    {
        RgbPicture picture = RgbPicture.Load(Path, longestSide);
        HeatOverlay.Paint(picture, this);
        return picture;
    }
}

/// <summary>A rectangle of an image, in its pixels, which it need not meet exactly.</summary>
/// <param name="Left">From the image's left side.</param>
/// <param name="Top">From the image's upper side.</param>
/// <param name="Width">From left to right.</param>
/// <param name="Height">From top to bottom.</param>
public sealed record ImageRegion(double Left, double Top, double Width, double Height);
