using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How often numbers of each size occur, in bins of one width that doubles as larger numbers come: one pass, whatever the range, in
/// memory that does not grow.
/// </summary>
internal sealed class ValueHistogram
{
    /// <summary>Bins on either side of zero.</summary>
    public const int Bins = 4096;

    // Its inverse is a number too.
    private const float SmallestWidth = 1e-37f;

    private readonly long[] counts = new long[2 * Bins];

    /// <summary>Width of a bin; 0 as long as all numbers were zero.</summary>
    public float Width { get; private set; }

    /// <summary>The smallest number, at most 0.</summary>
    public float Minimum { get; private set; }

    /// <summary>The largest number, at least 0.</summary>
    public float Maximum { get; private set; }

    /// <summary>Numbers that are exactly zero.</summary>
    public long Zeros { get; private set; }

    /// <summary>All numbers.</summary>
    public long Count { get; private set; }

    /// <summary>Bins of the numbers that are not zero: [-Bins, 0) below, [0, Bins) above zero.</summary>
    public long this[int bin] => counts[bin + Bins];

    /// <summary>The number in a bin's middle.</summary>
    public double Middle(int bin) => (bin + 0.5) * Width;

    /// <exception cref="InvalidDataException">A number is NaN or infinite.</exception>
    public void Add(ReadOnlySpan<float> numbers)
    {
        (float low, float high) = (TensorPrimitives.Min(numbers), TensorPrimitives.Max(numbers));
        if (!float.IsFinite(low) || !float.IsFinite(high)) throw new InvalidDataException("has values that are NaN or infinite");
        Minimum = Math.Min(Minimum, low);
        Maximum = Math.Max(Maximum, high);
        Count += numbers.Length;
        float largest = Math.Max(Maximum, -Minimum);
        if (largest < SmallestWidth)
        {
            Zeros += numbers.Length;
            return;
        }

        Widen(largest);
        float scale = 1 / Width;
        long zeros = 0;
        foreach (float number in numbers)
        {
            if (number == 0) zeros++;
            else counts[Math.Clamp((int)MathF.Floor(number * scale), -Bins, Bins - 1) + Bins]++;
        }

        Zeros += zeros;
    }

    private void Widen(float largest)
    {
        if (Width == 0) Width = Math.Max(largest / Bins, SmallestWidth);
        while (Width * Bins < largest)
        {
            for (int bin = 0; bin < Bins / 2; bin++)
            {
                counts[Bins + bin] = counts[Bins + 2 * bin] + counts[Bins + 2 * bin + 1];
                counts[Bins - 1 - bin] = counts[Bins - 1 - 2 * bin] + counts[Bins - 2 - 2 * bin];
            }

            counts.AsSpan(Bins + Bins / 2).Clear();
            counts.AsSpan(0, Bins / 2).Clear();
            Width *= 2;
        }
    }
}
