using System.Globalization;
using MathNet.Numerics.Statistics;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images unlike all others: their mean cosine distance to the images most like them stands out from that of all (Kuan and Mueller 2022,
/// arXiv:2207.03061, with the threshold of cleanlab's Datalab).
/// </summary>
internal static class OutlierChecks
{
    /// <summary>Images that it takes to say what is usual.</summary>
    public const int Least = 3 * Neighbours.Nearest;

    /// <param name="images">The images.</param>
    /// <param name="neighbours">What they are like.</param>
    /// <param name="ranges"><see cref="DataCheckOptions.OutlierRanges"/>.</param>
    /// <returns>The farthest first; none where there are too few images.</returns>
    public static IEnumerable<DataFinding> Of(CheckedImage[] images, Neighbours neighbours, double ranges)
    {
        if (images.Length < Least) return [];
        double[] sorted = [.. neighbours.MeanDistances.Order()];
        // Quartiles as numpy has them by default: Hyndman and Fan 1996, definition 7.
        double lower = SortedArrayStatistics.QuantileCustom(sorted, 0.25, QuantileDefinition.R7);
        double upper = SortedArrayStatistics.QuantileCustom(sorted, 0.75, QuantileDefinition.R7), threshold = upper + (ranges * (upper - lower));
        return images.Zip(neighbours.MeanDistances).Where(pair => pair.Second > threshold).OrderByDescending(pair => pair.Second)
            .Select(pair => new DataFinding(DataProblem.Outlier, pair.First.Path, string.Create(CultureInfo.InvariantCulture,
                $"Unlike all others: its mean distance to the {Neighbours.Nearest} images most like it is {pair.Second:F3} "
                + $"(outlier: above {threshold:F3})."),
                "Look at them, and leave out what does not belong.")
            {
                Value = DataFinding.Rounded(pair.Second),
            });
    }
}
