namespace ResNetMLNet.Trainer;

/// <summary>
/// Changes of colours, in place, on R, G, B bytes without gaps; the values are those of Pillow's ImageEnhance and ImageOps, to the last
/// bit. What looks at one channel at a time is a table of 256 values.
/// </summary>
internal static class ColorOperations
{
    /// <summary>0 is black, 1 nothing, more is brighter.</summary>
    public static void Brightness(Span<byte> pixels, double factor) =>
        Look(pixels, stackalloc byte[256], value => Blend(0, value, (float)factor));

    /// <summary>0 is the mean grey, 1 nothing.</summary>
    public static void Contrast(Span<byte> pixels, double factor)
    {
        long sum = 0;
        for (int i = 0; i < pixels.Length; i += 3) sum += Gray(pixels[i], pixels[i + 1], pixels[i + 2]);
        int mean = (int)(((double)sum / (pixels.Length / 3)) + 0.5);
        Look(pixels, stackalloc byte[256], value => Blend(mean, value, (float)factor));
    }

    /// <summary>0 is grey, 1 nothing, more has stronger colours.</summary>
    public static void Saturation(Span<byte> pixels, double factor)
    {
        float alpha = (float)factor;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            int gray = Gray(pixel[0], pixel[1], pixel[2]);
            pixel[0] = Blend(gray, pixel[0], alpha);
            pixel[1] = Blend(gray, pixel[1], alpha);
            pixel[2] = Blend(gray, pixel[2], alpha);
        }
    }

    /// <summary>Keeps the upper bits of each channel.</summary>
    public static void Posterize(Span<byte> pixels, int bits) =>
        Look(pixels, stackalloc byte[256], value => (byte)(value & ~((1 << (8 - bits)) - 1)));

    /// <summary>Inverts what reaches a threshold.</summary>
    public static void Solarize(Span<byte> pixels, double threshold) =>
        Look(pixels, stackalloc byte[256], value => (byte)(value < threshold ? value : 255 - value));

    /// <summary>Adds to what is in the darker half (timm/data/auto_augment.py, solarize_add).</summary>
    public static void SolarizeAdd(Span<byte> pixels, int added) =>
        Look(pixels, stackalloc byte[256], value => (byte)(value < 128 ? Math.Min(255, value + added) : value));

    /// <summary>Brightness as Pillow has it (ITU-R 601-2 in 16-bit fixed point).</summary>
    public static int Gray(int red, int green, int blue) => ((red * 19595) + (green * 38470) + (blue * 7471) + 0x8000) >> 16;

    /// <summary>
    /// Pillow's blend of two values: <paramref name="one"/> at 0, <paramref name="other"/> at 1, beyond them outside, cut off at 0 and 255.
    /// </summary>
    public static byte Blend(int one, int other, float alpha) => (byte)Math.Clamp(one + (alpha * (other - one)), 0, 255);

    private static void Look(Span<byte> pixels, Span<byte> table, Func<int, byte> of)
    {
        for (int value = 0; value < table.Length; value++) table[value] = of(value);
        foreach (ref byte value in pixels) value = table[value];
    }
}
