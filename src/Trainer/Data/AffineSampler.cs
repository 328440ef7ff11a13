using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Pillow's affine transform with the nearest pixel, in its 16-bit fixed point (<c>affine_fixed</c>, src/libImaging/Geometry.c).
/// </summary>
internal static class AffineSampler
{
    private const int FractionBits = 16;

    /// <summary>Replaces a square picture by a transformed one; places outside of the old one become black.</summary>
    /// <param name="matrix">From the new picture to the old: x = m0 X + m1 Y + m2, y = m3 X + m4 Y + m5.</param>
    /// <param name="pixels">[size, size, 3].</param>
    /// <param name="size">Height and width, less than 32768.</param>
    /// <param name="scratch">Room for the old picture.</param>
    public static void Apply(ReadOnlySpan<double> matrix, Span<byte> pixels, int size, Span<byte> scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Batch.ImageLength(size));
        Span<byte> old = scratch[..pixels.Length];
        pixels.CopyTo(old);
        int xPerColumn = Fixed(matrix[0]), xPerRow = Fixed(matrix[1]), yPerColumn = Fixed(matrix[3]), yPerRow = Fixed(matrix[4]);
        // At the middles of pixels.
        int rowX = Fixed(matrix[2] + (matrix[0] * 0.5) + (matrix[1] * 0.5)), rowY = Fixed(
            matrix[5] + (matrix[3] * 0.5) + (matrix[4] * 0.5));
        ref byte source = ref MemoryMarshal.GetReference(old);
        ref byte target = ref MemoryMarshal.GetReference(pixels);
        for (int row = 0; row < size; row++)
        {
            int x = rowX, y = rowY;
            for (int column = 0; column < size; column++)
            {
                int sourceX = x >> FractionBits, sourceY = y >> FractionBits;
                if ((uint)sourceX < (uint)size && (uint)sourceY < (uint)size)
                {
                    ref byte pixel = ref Unsafe.Add(ref source, ((sourceY * size) + sourceX) * 3);
                    target = pixel;
                    Unsafe.Add(ref target, 1) = Unsafe.Add(ref pixel, 1);
                    Unsafe.Add(ref target, 2) = Unsafe.Add(ref pixel, 2);
                }
                else
                {
                    target = 0;
                    Unsafe.Add(ref target, 1) = 0;
                    Unsafe.Add(ref target, 2) = 0;
                }

                target = ref Unsafe.Add(ref target, 3);
                x += xPerColumn;
                y += yPerColumn;
            }

            rowX += xPerRow;
            rowY += yPerRow;
        }
    }

    private static int Fixed(double value) => (int)Math.Floor((value * (1 << FractionBits)) + 0.5);
}
