using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How a picture becomes the pixels that a network takes: a square of <see cref="ImageSize"/>, made as <see cref="Resizing"/> says.
/// </summary>
public sealed record ImagePreprocessing
{
    private const int LargestImageSize = 4096;

    /// <summary>Height and width in pixels of what comes out, 1 to 4096.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not in 1 to 4096.</exception>
    public int ImageSize
    {
        get;
        init => field = value is >= 1 and <= LargestImageSize
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ImageSize), value,
                $"An image size is 1 to {LargestImageSize} pixels. The usual ones are 224, 256 and 288.");
    } = 224;

    /// <summary>How a picture becomes a square.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of <see cref="ImageResizing"/>.</exception>
    public ImageResizing Resizing
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Resizing), value, "A way of resizing is Crop, Squash or Letterbox.");
    }

    /// <summary>With <see cref="ImageResizing.Crop"/>: the part of the resized picture's shorter side that the centre crop keeps, in (0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in (0, 1].</exception>
    public double CropFraction
    {
        get;
        init => field = value is > 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CropFraction), value,
                "A crop fraction is more than 0 and at most 1. The usual ones are 0.875 and 0.95; 1 keeps the whole shorter side.");
    } = 0.875; // 224 of 256: torchvision's evaluation transform for its first ResNet weights

    /// <summary>The filter that resizes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of <see cref="MLNetPipelines.Interpolation"/>.</exception>
    public Interpolation Interpolation
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Interpolation), value, "An interpolation is Bilinear or Bicubic.");
    } = Interpolation.Bilinear;

    /// <summary>The part of a resized picture that the network sees; with <see cref="ImageResizing.Letterbox"/> it reaches beyond the picture.</summary>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">The picture's height in pixels.</param>
    public CropWindow Window(int width, int height) => Resizing switch
    {
        ImageResizing.Squash => new CropWindow(ImageSize, ImageSize, 0, 0, ImageSize, ImageSize),
        ImageResizing.Letterbox => CropWindow.Letterbox(width, height, ImageSize),
        _ => CropWindow.Center(width, height, (int)ShorterSide, ImageSize),
    };

    /// <summary>What a picture's shorter side becomes, at most, in pixels.</summary>
    internal double ShorterSide => Resizing == ImageResizing.Crop ? Math.Floor(ImageSize / CropFraction) : ImageSize;

    /// <summary>
    /// The compact form that a saved model keeps, such as <c>224 0.875 bilinear</c> or <c>224 0.875 bicubic/squash</c>; <see cref="Parse"/>
    /// reads it.
    /// </summary>
    internal string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"{ImageSize} {CropFraction:R} {Lower(Interpolation)}{(Resizing == ImageResizing.Crop ? "" : $"/{Lower(Resizing)}")}");

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="FormatException">The text is nothing that <see cref="ToText"/> writes.</exception>
    internal static ImagePreprocessing Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ');
        if (words is not [var size, var fraction, var filter] || Filter(filter) is not var (interpolation, resizing)
            || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int imageSize)
            || !double.TryParse(fraction, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
                out double cropFraction))
        {
            throw Malformed(text, null);
        }

        try
        {
            return new ImagePreprocessing
            {
                ImageSize = imageSize,
                CropFraction = cropFraction,
                Interpolation = interpolation,
                Resizing = resizing,
            };
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            throw Malformed(text, outOfRange);
        }
    }

    private static (Interpolation, ImageResizing)? Filter(string text)
    {
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
        {
            if (text == Lower(interpolation)) return (interpolation, ImageResizing.Crop);
            foreach (ImageResizing resizing in Enum.GetValues<ImageResizing>())
                if (text == $"{Lower(interpolation)}/{Lower(resizing)}") return (interpolation, resizing);
        }

        return null;
    }

    private static string Lower<T>(T value)
        where T : Enum => $"{value}".ToLowerInvariant();

    private static FormatException Malformed(string text, Exception? inner) => new(
        $"'{text}' is not an image preprocessing. It is an image size from 1 to {LargestImageSize}, a crop fraction in (0, 1] and "
        + "'bilinear' or 'bicubic', with one space between them, such as '224 0.875 bilinear', and '/squash' or '/letterbox' where the image "
        + "is not cropped.", inner);
}
