using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Pillow's antialiased resize (<c>ImagingResample</c>, 8 bits per channel) of just the pixels inside a window: rows first,
/// then columns, each pass in fixed point and rounded to 8 bits. The result is Pillow's, bit for bit.
/// </summary>
internal static class Resampler
{
    // Bytes that the column pass works on at once; intermediate rows are padded to a multiple of it.
    private const int Step = 16;

    /// <param name="rgba">[height, width, 4]; the fourth channel is left out.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="window">What to compute.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="rgb">[window.Height, window.Width, 3]: the result, channels in the input's order.</param>
    public static void Resample(
        ReadOnlySpan<byte> rgba, int width, int height, CropWindow window, Interpolation interpolation, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgba.Length, (long)width * height * DecodedImage.BytesPerPixel);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, (long)window.Width * window.Height * 3);

        ResamplingWeights columns = new(width, window.ResizedWidth, window.Left, window.Width, interpolation);
        ResamplingWeights rows = new(height, window.ResizedHeight, window.Top, window.Height, interpolation);
        int rowLength = window.Width * 3;
        int stride = (rowLength + Step) / Step * Step; // at least one byte more than the row: the row pass writes pixels of four
        int firstRow = rows.InputStart;
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(checked((rows.InputEnd - firstRow) * stride));
        try
        {
            for (int y = firstRow; y < rows.InputEnd; y++)
            {
                ReadOnlySpan<byte> row = rgba.Slice(y * width * DecodedImage.BytesPerPixel, width * DecodedImage.BytesPerPixel);
                ResampleRow(row, columns, narrowed.AsSpan((y - firstRow) * stride, stride), window.Width);
            }

            for (int y = 0; y < window.Height; y++)
            {
                MixRows(narrowed.AsSpan((rows.Start(y) - firstRow) * stride), stride, rows.For(y), rgb.Slice(y * rowLength, rowLength));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
        }
    }

    /// <summary>One row: [width, 4] bytes in, [count, 3] bytes and one of overhang out.</summary>
    private static void ResampleRow(ReadOnlySpan<byte> row, ResamplingWeights columns, Span<byte> narrowed, int count)
    {
        ref byte output = ref MemoryMarshal.GetReference(narrowed);
        for (int x = 0; x < count; x++)
        {
            ReadOnlySpan<int> weights = columns.For(x);
            ref byte pixel = ref MemoryMarshal.GetReference(
                row.Slice(columns.Start(x) * DecodedImage.BytesPerPixel, weights.Length * DecodedImage.BytesPerPixel));

            // Two neighbouring pixels at once, a channel in each lane.
            Vector256<int> pairs = Vector256<int>.Zero;
            int k = 0;
            for (; k + 1 < weights.Length; k += 2)
            {
                ulong two = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref pixel, k * DecodedImage.BytesPerPixel));
                Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(two).AsByte());
                Vector256<int> channels = Vector256.WidenLower(shorts.ToVector256Unsafe()).AsInt32();
                pairs += channels * Vector256.Create(Vector128.Create(weights[k]), Vector128.Create(weights[k + 1]));
            }

            Vector128<int> sum = pairs.GetLower() + pairs.GetUpper() + Vector128.Create(1 << (ResamplingWeights.FractionBits - 1));
            if (k < weights.Length)
            {
                uint one = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, k * DecodedImage.BytesPerPixel));
                Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(one).AsByte());
                sum += Vector128.WidenLower(shorts).AsInt32() * Vector128.Create(weights[k]);
            }

            sum = Vector128.Clamp(sum >> ResamplingWeights.FractionBits, Vector128<int>.Zero, Vector128.Create(255));
            Vector128<byte> bytes = Vector128.Shuffle(
                sum.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

            // The fourth byte is overwritten by the next pixel.
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref output, x * 3), bytes.AsUInt32().ToScalar());
        }
    }

    /// <summary>One output row from as many intermediate rows as there are weights.</summary>
    private static void MixRows(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> weights, Span<byte> mixed)
    {
        ref byte input = ref MemoryMarshal.GetReference(rows[..(weights.Length * stride)]);
        Span<byte> rest = stackalloc byte[Step];
        for (int offset = 0; offset < mixed.Length; offset += Step)
        {
            Vector256<int> low = Vector256.Create(1 << (ResamplingWeights.FractionBits - 1));
            Vector256<int> high = low;
            for (int k = 0; k < weights.Length; k++)
            {
                Vector128<byte> bytes = Vector128.LoadUnsafe(ref input, (nuint)((k * stride) + offset));
                Vector256<ushort> shorts = Vector256.WidenLower(bytes.ToVector256Unsafe());
                Vector256<int> weight = Vector256.Create(weights[k]);
                low += Vector256.WidenLower(shorts).AsInt32() * weight;
                high += Vector256.WidenUpper(shorts).AsInt32() * weight;
            }

            Vector128<byte> rounded = Round(low, high);
            if (offset + Step <= mixed.Length)
            {
                rounded.CopyTo(mixed[offset..]);
            }
            else
            {
                rounded.CopyTo(rest);
                rest[..(mixed.Length - offset)].CopyTo(mixed[offset..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Round(Vector256<int> low, Vector256<int> high)
    {
        Vector256<int> most = Vector256.Create(255);
        low = Vector256.Clamp(low >> ResamplingWeights.FractionBits, Vector256<int>.Zero, most);
        high = Vector256.Clamp(high >> ResamplingWeights.FractionBits, Vector256<int>.Zero, most);
        Vector256<ushort> shorts = Vector256.Narrow(low.AsUInt32(), high.AsUInt32());
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper());
    }
}
