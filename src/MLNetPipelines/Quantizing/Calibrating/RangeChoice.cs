namespace ResNetMLNet.MLNetPipelines;

/// <summary>Chooses a value's range by its histogram.</summary>
internal static class RangeChoice
{
    private const double Kept = 0.99999;

    private const int Steps = 80;

    // Ranges below a fifth of what was seen are never better.
    private const double SmallestPart = 0.2;

    private const int Levels = 255;

    public static ValueRange Of(ValueHistogram values, CalibrationMethod method)
    {
        ValueRange all = new(values.Minimum, values.Maximum);
        if (values.Width == 0) return all;
        return method switch
        {
            CalibrationMethod.MinMax => all,
            CalibrationMethod.Percentile => new(-Beyond(values, -1, -values.Minimum), Beyond(values, 1, values.Maximum)),
            CalibrationMethod.MeanSquaredError => Best(all, range => SquaredError(values, range)),
            CalibrationMethod.Entropy => Best(all, range => Divergence(values, range)),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such calibration method."),
        };
    }

    /// <summary>The size that all but half of what may be cut off has on one side of zero.</summary>
    private static float Beyond(ValueHistogram values, int side, float largest)
    {
        double over = values.Count * (1 - Kept) / 2;
        long seen = 0;
        for (int i = ValueHistogram.Bins - 1; i >= 0; i--)
        {
            seen += values[side > 0 ? i : -1 - i];
            if (seen > over) return Math.Min(largest, (i + 1) * values.Width);
        }

        return largest == 0 ? 0 : Math.Min(largest, values.Width);
    }

    /// <summary>The upper end is moved first, then the lower one: errors at one end hardly depend on the other.</summary>
    private static ValueRange Best(ValueRange all, Func<ValueRange, double> error)
    {
        ValueRange best = all.High > 0 ? Parts().Select(part => all with { High = (float)(all.High * part) }).MinBy(error) : all;
        return all.Low < 0 ? Parts().Select(part => best with { Low = (float)(all.Low * part) }).MinBy(error) : best;
    }

    private static IEnumerable<double> Parts() =>
        Enumerable.Range(0, Steps + 1).Select(step => 1 - (1 - SmallestPart) * step / Steps);

    private static double SquaredError(ValueHistogram values, ValueRange range)
    {
        double scale = range.Scale, error = 0;
        for (int bin = -ValueHistogram.Bins; bin < ValueHistogram.Bins; bin++)
        {
            if (values[bin] == 0) continue;
            double number = values.Middle(bin), level = Math.Clamp(Math.Round(number / scale) + range.ZeroPoint, 0, Levels);
            double miss = number - (level - range.ZeroPoint) * scale;
            error += values[bin] * miss * miss;
        }

        return error;
    }

    /// <summary>Of the numbers that are not zero: zero itself is kept exactly.</summary>
    private static double Divergence(ValueHistogram values, ValueRange range)
    {
        int low = (int)Math.Floor(range.Low / values.Width), high = (int)Math.Ceiling(range.High / values.Width) - 1;
        double[] reference = [.. Enumerable.Range(low, high - low + 1).Select(bin => (double)values[bin])];
        if (reference.Length == 0) return double.PositiveInfinity;
        double[] rounded = Rounded(reference);

        // What is cut off counts at the ends of the reference alone.
        for (int bin = -ValueHistogram.Bins; bin < ValueHistogram.Bins; bin++)
        {
            if (bin < low) reference[0] += values[bin];
            else if (bin > high) reference[^1] += values[bin];
        }

        double total = reference.Sum(), kept = rounded.Sum(), divergence = 0;
        if (kept == 0) return double.PositiveInfinity;
        for (int i = 0; i < reference.Length; i++)
        {
            if (reference[i] > 0) divergence += reference[i] / total * Math.Log(reference[i] / total / Math.Max(rounded[i] / kept, 1e-9));
        }

        return divergence;
    }

    /// <summary>Spreads what falls on one level over the bins of it that are not empty.</summary>
    private static double[] Rounded(double[] bins)
    {
        double[] rounded = new double[bins.Length];
        for (int level = 0; level < Levels; level++)
        {
            int from = (int)((long)level * bins.Length / Levels), to = (int)((long)(level + 1) * bins.Length / Levels);
            double sum = 0;
            int used = 0;
            for (int i = from; i < to; i++)
            {
                sum += bins[i];
                if (bins[i] > 0) used++;
            }

            for (int i = from; i < to; i++)
            {
                if (bins[i] > 0) rounded[i] = sum / used;
            }
        }

        return rounded;
    }
}
