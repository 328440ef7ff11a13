namespace ResNetMLNet.MLNetPipelines;

/// <summary>Images to calibrate on, and others to check on.</summary>
/// <param name="Calibration">Ranges are chosen on them.</param>
/// <param name="Check">Figures are measured on them.</param>
internal sealed record ImageSplit(IReadOnlyList<CalibrationImage> Calibration, IReadOnlyList<CalibrationImage> Check)
{
    // Of fewer there is nothing to hold back.
    private const int Fewest = 3;

    /// <summary>Whether the same images are checked on as are calibrated on, since there are next to none.</summary>
    public bool IsShared => ReferenceEquals(Calibration, Check);

    public static ImageSplit Of(CalibrationImages images, QuantizationOptions options)
    {
        CalibrationImage[] all = Shuffled(images.List(), options.Seed);
        if (options.CheckImages is { } others)
        {
            return new ImageSplit(
                [.. all.Take(options.CalibrationCount)], [.. Shuffled(others.List(), options.Seed).Take(options.CheckCount)]);
        }

        if (all.Length < Fewest) return new ImageSplit(all, all);
        int calibration = Math.Min(options.CalibrationCount, all.Length - all.Length / 3);
        return new ImageSplit(all[..calibration], [.. all.Skip(calibration).Take(options.CheckCount)]);
    }

    /// <summary>In an order of the seed's alone, each class spread evenly over it.</summary>
    private static CalibrationImage[] Shuffled(IReadOnlyList<CalibrationImage> images, int seed)
    {
        CalibrationImage[] shuffled = [.. images];
        new Random(seed).Shuffle(shuffled);
        return [.. shuffled.GroupBy(image => image.Label).OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group.Index().Select(image => (Place: (image.Index + 0.5) / group.Count(), image.Item)))
            .OrderBy(image => image.Place).Select(image => image.Item)];
    }
}
