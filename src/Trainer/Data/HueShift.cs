namespace ResNetMLNet.Trainer;

/// <summary>
/// Turns hues as torchvision's adjust_hue does: to Pillow's 8-bit HSV and back (<c>rgb2hsv</c> and <c>hsv2rgb</c>,
/// src/libImaging/Convert.c).
/// </summary>
internal static class HueShift
{
    /// <param name="pixels">R, G, B, changed in place.</param>
    /// <param name="turns">-0.5 to 0.5 of the colour circle.</param>
    public static void Apply(Span<byte> pixels, double turns)
    {
        int shift = (int)(turns * 255);
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            (int hue, int saturation) = ToHueAndSaturation(pixel[0], pixel[1], pixel[2]);
            ToColor((hue + shift) & 255, saturation, Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])), pixel);
        }
    }

    private static (int Hue, int Saturation) ToHueAndSaturation(int red, int green, int blue)
    {
        int most = Math.Max(red, Math.Max(green, blue)), least = Math.Min(red, Math.Min(green, blue));
        if (most == least) return (0, 0);
        float range = most - least;
        float r = (most - red) / range, g = (most - green) / range, b = (most - blue) / range;
        float hue = red == most ? b - g : green == most ? (float)(2.0 + r - b) : (float)(4.0 + g - r);
        double turned = (hue / 6.0) + 1.0;
        hue = (float)(turned < 1 ? turned : turned - 1); // the remainder of 1, without a division
        return ((int)(hue * 255.0), (int)(range / most * 255.0));
    }

    private static void ToColor(int hue, int saturation, int value, Span<byte> pixel)
    {
        if (saturation == 0)
        {
            pixel.Fill((byte)value);
            return;
        }

        int sector = (int)(hue * 6.0 / 255.0);
        float fraction = (float)((hue * 6.0 / 255.0) - sector), strength = (float)(saturation / 255.0);
        byte p = Rounded(value * (1.0 - strength)), q = Rounded(value * (1.0 - (strength * fraction))),
        t = Rounded(value * (1.0 - (strength * (1.0 - fraction)))), v = (byte)value;
        (pixel[0], pixel[1], pixel[2]) = (sector % 6) switch
        {
            0 => (v, t, p),
            1 => (q, v, p),
            2 => (p, v, t),
            3 => (p, q, v),
            4 => (t, p, v),
            _ => (v, p, q),
        };
    }

    // C's round() for what is in 0 to 255.
    private static byte Rounded(double value) => (byte)(value + 0.5);
}
