using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How a picture becomes the pixels that a network takes: its shorter side is resized to
/// floor(<see cref="ImageSize"/> / <see cref="CropFraction"/>), then the square of <see cref="ImageSize"/> in the middle is cut out.
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

    /// <summary>The part of the resized picture's shorter side that the centre crop keeps, in (0, 1].</summary>
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

    /// <summary>The compact form that a saved model keeps, such as <c>224 0.875 bilinear</c>; <see cref="Parse"/> reads it.</summary>
    internal string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"{ImageSize} {CropFraction:R} {(Interpolation == Interpolation.Bicubic ? "bicubic" : "bilinear")}");

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="FormatException">The text is nothing that <see cref="ToText"/> writes.</exception>
    internal static ImagePreprocessing Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ');
        if (words is not [var size, var fraction, "bilinear" or "bicubic"]
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
                Interpolation = words[2] == "bicubic" ? Interpolation.Bicubic : Interpolation.Bilinear,
            };
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            throw Malformed(text, outOfRange);
        }
    }

    private static FormatException Malformed(string text, Exception? inner) => new(
        $"'{text}' is not an image preprocessing. It is an image size from 1 to {LargestImageSize}, a crop fraction in (0, 1] and "
        + "'bilinear' or 'bicubic', with one space between them, such as '224 0.875 bilinear'.", inner);
}
