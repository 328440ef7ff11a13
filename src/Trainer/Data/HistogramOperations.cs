namespace ResNetMLNet.Trainer;

/// <summary>
/// Changes of each channel by the frequencies of its values, in place, on R, G, B bytes without gaps: Pillow's ImageOps, to the last bit.
/// </summary>
internal static class HistogramOperations
{
    private const int Values = 256;

    /// <summary>Stretches each channel so that its smallest value is 0 and its largest 255; a channel of one value stays.</summary>
    public static void AutoContrast(Span<byte> pixels)
    {
        Span<int> counts = stackalloc int[Values];
        Span<byte> table = stackalloc byte[Values];
        for (int channel = 0; channel < 3; channel++)
        {
            Count(pixels, channel, counts);
            int smallest = counts.IndexOfAnyExcept(0), largest = counts.LastIndexOfAnyExcept(0);
            if (largest <= smallest) continue;
            double scale = 255.0 / (largest - smallest), offset = -smallest * scale;
            for (int value = 0; value < Values; value++) table[value] = (byte)Math.Clamp((int)((value * scale) + offset), 0, 255);
            Look(pixels, channel, table);
        }
    }

    /// <summary>Spreads the values of each channel so that they are about equally frequent; a channel of one value stays.</summary>
    public static void Equalize(Span<byte> pixels)
    {
        Span<int> counts = stackalloc int[Values];
        Span<byte> table = stackalloc byte[Values];
        for (int channel = 0; channel < 3; channel++)
        {
            Count(pixels, channel, counts);
            int last = counts.LastIndexOfAnyExcept(0);
            int step = ((pixels.Length / 3) - counts[last]) / 255;
            if (step == 0) continue;
            int below = step / 2;
            for (int value = 0; value < Values; value++)
            {
                table[value] = (byte)Math.Min(below / step, 255);
                below += counts[value];
            }

            Look(pixels, channel, table);
        }
    }

    private static void Count(ReadOnlySpan<byte> pixels, int channel, Span<int> counts)
    {
        counts.Clear();
        for (int i = channel; i < pixels.Length; i += 3) counts[pixels[i]]++;
    }

    private static void Look(Span<byte> pixels, int channel, ReadOnlySpan<byte> table)
    {
        for (int i = channel; i < pixels.Length; i += 3) pixels[i] = table[pixels[i]];
    }
}
