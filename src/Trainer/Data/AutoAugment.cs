namespace ResNetMLNet.Trainer;

/// <summary>
/// Draws operations from a set, each with a magnitude. The sets and magnitudes are torchvision's, 31 magnitudes numbered from 0.
/// </summary>
internal abstract record AutoAugment
{
    /// <summary>Magnitudes of an operation.</summary>
    public const int Bins = 31;

    /// <summary>Draws the operations for one picture.</summary>
    /// <param name="size">The picture's side.</param>
    /// <param name="random">Where from.</param>
    public abstract (PictureOperation Operation, double Magnitude)[] Draw(int size, ref RandomStream random);

    /// <summary>Draws one operation; half of those that have a sign get it.</summary>
    private protected static (PictureOperation, double) One(OperationRange[] ranges, double bin, int size, ref RandomStream random)
    {
        OperationRange range = ranges[random.Below(ranges.Length)];
        double magnitude = range.MagnitudeOf(bin, size);
        return (range.Operation, range.Signed && random.Happens(0.5) ? -magnitude : magnitude);
    }
}

/// <summary>
/// Several operations of one magnitude (Cubuk et al. 2019, arXiv:1909.13719). torchvision's set, which differs from the paper's: magnitudes
/// go from 0 to 30, what has a direction gets either, and there is no inversion.
/// </summary>
internal sealed record RandAugment : AutoAugment
{
    private static readonly OperationRange[] torchvision =
    [
        new(PictureOperation.Identity),
        new(PictureOperation.ShearX, 0, 0.3) { Signed = true },
        new(PictureOperation.ShearY, 0, 0.3) { Signed = true },
        new(PictureOperation.TranslateX, 0, 150 / 331.0) { Signed = true, OfSize = true },
        new(PictureOperation.TranslateY, 0, 150 / 331.0) { Signed = true, OfSize = true },
        new(PictureOperation.Rotate, 0, 30) { Signed = true },
        new(PictureOperation.Brightness, 0, 0.9) { Signed = true },
        new(PictureOperation.Saturation, 0, 0.9) { Signed = true },
        new(PictureOperation.Contrast, 0, 0.9) { Signed = true },
        new(PictureOperation.Sharpness, 0, 0.9) { Signed = true },
        new(PictureOperation.Posterize, 8, 4) { Rounding = MidpointRounding.ToEven },
        new(PictureOperation.Solarize, 255, 0),
        new(PictureOperation.AutoContrast),
        new(PictureOperation.Equalize),
    ];

    // timm/data/auto_augment.py, _RAND_INCREASING_TRANSFORMS: each operation does the more the greater its magnitude, and there is no
    // identity.
    private static readonly OperationRange[] increasing =
    [
        new(PictureOperation.AutoContrast),
        new(PictureOperation.Equalize),
        new(PictureOperation.Invert),
        new(PictureOperation.Rotate, 0, 30) { Signed = true },
        new(PictureOperation.Posterize, 4, 0) { Rounding = MidpointRounding.ToPositiveInfinity },
        new(PictureOperation.Solarize, 256, 0) { Rounding = MidpointRounding.ToPositiveInfinity },
        new(PictureOperation.SolarizeAdd, 0, 110) { Rounding = MidpointRounding.ToNegativeInfinity },
        new(PictureOperation.Saturation, 0, 0.9) { Signed = true },
        new(PictureOperation.Contrast, 0, 0.9) { Signed = true },
        new(PictureOperation.Brightness, 0, 0.9) { Signed = true },
        new(PictureOperation.Sharpness, 0, 0.9) { Signed = true },
        new(PictureOperation.ShearX, 0, 0.3) { Signed = true },
        new(PictureOperation.ShearY, 0, 0.3) { Signed = true },
        new(PictureOperation.TranslateX, 0, 0.45) { Signed = true, OfSize = true },
        new(PictureOperation.TranslateY, 0, 0.45) { Signed = true, OfSize = true },
    ];

    /// <summary>
    /// Whether the operations are timm's increasing ones, each done half the time, in place of torchvision's, done each time.
    /// </summary>
    public bool Increasing { get; init; }

    /// <summary>Operations for each picture, one after another.</summary>
    public int Operations { get; init; } = 2;

    /// <summary>How strong, 0 to 30.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in 0 to 30.</exception>
    public int Magnitude
    {
        get;
        init => field = value is >= 0 and < Bins
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Magnitude), value, $"A magnitude is 0 to {Bins - 1}. The usual one is 9.");
    } = 9;

    /// <summary>
    /// Standard deviation of the magnitude, which is then drawn anew for each operation (timm's <c>mstd</c>; Wightman et al. 2021,
    /// arXiv:2110.00476, table 2); 0 for always the same.
    /// </summary>
    public double Spread { get; init; }

    public override (PictureOperation Operation, double Magnitude)[] Draw(int size, ref RandomStream random)
    {
        var drawn = new (PictureOperation, double)[Operations];
        foreach (ref (PictureOperation, double) one in drawn.AsSpan())
        {
            double magnitude = Spread == 0 ? Magnitude : Math.Clamp(Magnitude + (Spread * random.Normal()), 0, Bins - 1);
            one = One(Increasing ? increasing : torchvision, magnitude, size, ref random);
            if (Increasing && random.Happens(0.5)) one = (PictureOperation.Identity, 0);
        }
        return drawn;
    }
}

/// <summary>
/// One operation of any magnitude (Müller and Hutter 2021, arXiv:2103.10158, the "wide" set of table 8): nothing to tune, and as good as
/// what was.
/// </summary>
internal sealed record TrivialAugmentWide : AutoAugment
{
    private static readonly OperationRange[] ranges =
    [
        new(PictureOperation.Identity),
        new(PictureOperation.ShearX, 0, 0.99) { Signed = true },
        new(PictureOperation.ShearY, 0, 0.99) { Signed = true },
        new(PictureOperation.TranslateX, 0, 32) { Signed = true },
        new(PictureOperation.TranslateY, 0, 32) { Signed = true },
        new(PictureOperation.Rotate, 0, 135) { Signed = true },
        new(PictureOperation.Brightness, 0, 0.99) { Signed = true },
        new(PictureOperation.Saturation, 0, 0.99) { Signed = true },
        new(PictureOperation.Contrast, 0, 0.99) { Signed = true },
        new(PictureOperation.Sharpness, 0, 0.99) { Signed = true },
        new(PictureOperation.Posterize, 8, 2) { Rounding = MidpointRounding.ToEven },
        new(PictureOperation.Solarize, 255, 0),
        new(PictureOperation.AutoContrast),
        new(PictureOperation.Equalize),
    ];

    public override (PictureOperation Operation, double Magnitude)[] Draw(int size, ref RandomStream random) =>
        [One(ranges, random.Below(Bins), size, ref random)];
}

/// <summary>An operation and its magnitudes, evenly spaced.</summary>
/// <param name="Operation">Which.</param>
/// <param name="First">Magnitude 0.</param>
/// <param name="Last">Magnitude 30.</param>
internal sealed record OperationRange(PictureOperation Operation, double First = 0, double Last = 0)
{
    /// <summary>Whether the opposite happens as often.</summary>
    public bool Signed { get; init; }

    /// <summary>Whether magnitudes are parts of the picture's side.</summary>
    public bool OfSize { get; init; }

    /// <summary>How magnitudes become whole numbers; null where they need not.</summary>
    public MidpointRounding? Rounding { get; init; }

    public double MagnitudeOf(double bin, int size)
    {
        double magnitude = (First + ((Last - First) * bin / (AutoAugment.Bins - 1))) * (OfSize ? size : 1);
        return Rounding is { } rounding ? Math.Round(magnitude, rounding) : magnitude;
    }
}
