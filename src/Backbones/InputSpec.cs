namespace ResNetMLNet.Backbones;

/// <summary>
/// How a picture becomes the network's input: made a square of <see cref="ImageSize"/> as <see cref="Resizing"/> says, and normalized.
/// </summary>
public sealed record InputSpec
{
    /// <summary>ImageNet's usual preprocessing: 224 pixels out of 256, bilinear, mean and deviation of the training set.</summary>
    public static InputSpec ImageNet { get; } = new();

    /// <summary>Height and width in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>How a picture becomes a square.</summary>
    public Resizing Resizing { get; init; }

    /// <summary>With <see cref="Resizing.Crop"/>: the part of the resized picture's shorter side that the centre crop keeps, in (0, 1].</summary>
    public double CropFraction { get; init; } = 0.875;

    /// <summary>The filter of the resize, antialiased as in Pillow.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>Mean of each channel, in units of 255 levels.</summary>
    public Rgb Mean { get; init; } = new(0.485, 0.456, 0.406);

    /// <summary>Standard deviation of each channel, in units of 255 levels.</summary>
    public Rgb Std { get; init; } = new(0.229, 0.224, 0.225);
}

/// <summary>A value for each of red, green and blue.</summary>
public readonly record struct Rgb(double R, double G, double B)
{
    internal double[] ToArray() => [R, G, B];
}

/// <summary>How a picture becomes a square.</summary>
public enum Resizing
{
    /// <summary>The shorter side becomes ImageSize / CropFraction, and the square in the middle is cut out. The proportions stay; the edges go.</summary>
    Crop,

    /// <summary>Width and height become ImageSize, whatever they were. Everything stays in the picture; the proportions change.</summary>
    Squash,

    /// <summary>
    /// The longer side becomes ImageSize, and gray bars fill the square. Proportions and edges stay; the network has fewer pixels of them.
    /// </summary>
    Letterbox,
}

/// <summary>The filter that resizes a picture.</summary>
public enum Interpolation
{
    /// <summary>A triangle.</summary>
    Bilinear,

    /// <summary>A cubic with a = -0.5.</summary>
    Bicubic,
}
