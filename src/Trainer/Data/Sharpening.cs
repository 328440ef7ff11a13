namespace ResNetMLNet.Trainer;

/// <summary>Pillow's ImageEnhance.Sharpness: between a picture and its copy under the filter SMOOTH, or beyond.</summary>
internal static class Sharpening
{
    /// <summary>0 is the blurred copy, 1 nothing, more is sharper. The outermost pixels stay, as in Pillow.</summary>
    /// <param name="pixels">[size, size, 3], changed in place.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="factor">How much.</param>
    /// <param name="scratch">Room for a picture of this size.</param>
    public static void Apply(Span<byte> pixels, int size, double factor, Span<byte> scratch)
    {
        Span<byte> old = scratch[..pixels.Length];
        pixels.CopyTo(old);
        float alpha = (float)factor;
        int stride = size * 3, inner = stride - 6;
        if (inner <= 0) return;
        for (int y = 1; y < size - 1; y++)
        {
            ReadOnlySpan<byte> above = old.Slice((y - 1) * stride, stride), row = old.Slice(y * stride, stride), below = old.Slice(
                (y + 1) * stride, stride);
            Span<byte> sharpened = pixels.Slice((y * stride) + 3, inner);
            for (int x = 0; x < sharpened.Length; x++)
            {
                // Weights 1 and, in the middle, 5, of 13; 13 is odd, so there are no halves to round.
                int sum = above[x] + above[x + 3] + above[x + 6] + row[x] + (5 * row[x + 3]) + row[x + 6] + below[x] + below[x + 3]
                    + below[x + 6];
                sharpened[x] = ColorOperations.Blend((sum + 6) / 13, row[x + 3], alpha);
            }
        }
    }
}
