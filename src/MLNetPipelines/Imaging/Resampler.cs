using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Pillow's antialiased resize (<c>ImagingResample</c>, 8 bits per channel) of just the pixels inside a window: rows first,
/// then columns, each pass in fixed point and rounded to 8 bits. The result is Pillow's, bit for bit.
/// </summary>
public static class Resampler
{
    // What lies beyond the picture: near ImageNet's mean, and the same in either order of channels.
    private const byte Beyond = 114;

    // Bytes that the column pass works on at once; intermediate rows are padded to a multiple of it.
    private const int Step = 16;

    /// <summary>Resizes.</summary>
    /// <param name="rgba">[height, width, 4]; the fourth channel is left out.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="window">What to compute; what lies beyond the picture becomes gray (114, 114, 114).</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="rgb">[window.Height, window.Width, 3]: the result, channels in the input's order.</param>
    public static void Resample(
        ReadOnlySpan<byte> rgba, int width, int height, CropWindow window, Interpolation interpolation, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgba.Length, (long)width * height * DecodedImage.BytesPerPixel);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, (long)window.Width * window.Height * 3);

        CropWindow inside = window.Inside();
        if (inside != window)
        {
            Resample(rgba, width, height, inside, interpolation, rgb[..(inside.Width * inside.Height * 3)]);
            Surround(inside, window, rgb);
            return;
        }

        ResamplingWeights columns = new(width, window.ResizedWidth, window.Left, window.Width, interpolation);
        ResamplingWeights rows = new(height, window.ResizedHeight, window.Top, window.Height, interpolation);
        int firstRow = rows.Starts[0];
        int rowLength = window.Width * 3;
        int stride = (rowLength + Step) / Step * Step; // at least one byte more than the row: the row pass writes pixels of four
        using PixelBuffer narrowed = new(checked((rows.InputEnd - firstRow) * stride));
        ResampleRows(rgba, width, firstRow, rows.InputEnd, columns, narrowed.Bytes, stride);
        for (int y = 0; y < window.Height; y++)
        {
            MixRows(narrowed.Bytes[((rows.Starts[y] - firstRow) * stride)..], stride, rows.For(y), rgb.Slice(y * rowLength, rowLength));
        }
    }

    /// <summary>Spreads the rows inside a picture, which are one after the other, to their places in the window.</summary>
    private static void Surround(CropWindow inside, CropWindow window, Span<byte> rgb)
    {
        int left = (int)(inside.Left - window.Left) * 3, top = (int)(inside.Top - window.Top);
        int length = inside.Width * 3, stride = window.Width * 3;
        rgb[(length * inside.Height)..].Fill(Beyond);

        // From the last row on: a row's place is never before where it is.
        for (int y = inside.Height - 1; y >= 0; y--)
        {
            Span<byte> row = rgb.Slice(y * length, length), target = rgb.Slice(((top + y) * stride) + left, length);
            if (target == row) continue;
            row.CopyTo(target);
            int kept = Math.Min(length, ((top + y) * stride) + left - (y * length)); // the rest of it is a part of its new place
            row[..kept].Fill(Beyond);
        }
    }

    /// <summary>The rows from <paramref name="start"/> to <paramref name="end"/>, two at a time.</summary>
    private static void ResampleRows(
        ReadOnlySpan<byte> rgba, int width, int start, int end, ResamplingWeights columns, Span<byte> narrowed, int stride)
    {
        int left = columns.Starts[0];
        int reach = (columns.Starts[^1] - left + columns.Stride) * DecodedImage.BytesPerPixel;
        using PixelBuffer padded = new(2 * reach);
        for (int y = start; y < end; y += 2)
        {
            int next = Math.Min(y + 1, end - 1); // an odd last row is its own companion
            ReadOnlySpan<byte> row = rgba[(((y * width) + left) * DecodedImage.BytesPerPixel)..];
            ReadOnlySpan<byte> nextRow = rgba[(((next * width) + left) * DecodedImage.BytesPerPixel)..];
            if (nextRow.Length < reach)
            {
                // Weights come in fours, so zeros among them reach past a row's end: into the next row, and here past the last.
                row = Pad(row, padded.Bytes[..reach]);
                nextRow = Pad(nextRow, padded.Bytes[reach..]);
            }

            Span<byte> output = narrowed.Slice((y - start) * stride, stride);
            Span<byte> nextOutput = narrowed.Slice((next - start) * stride, stride);
            ResampleRowPair(row[..reach], nextRow[..reach], columns, output, nextOutput);
        }
    }

    private static ReadOnlySpan<byte> Pad(ReadOnlySpan<byte> row, Span<byte> padded)
    {
        row[..Math.Min(row.Length, padded.Length)].CopyTo(padded);
        return padded;
    }

    /// <summary>Two rows, from the first column that is needed: [columns, 4] bytes in, [outputs, 3] bytes and one more out.</summary>
    // Unoptimized vector code is thirty times as slow, and the first hundred pictures would meet it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResampleRowPair(
        ReadOnlySpan<byte> row, ReadOnlySpan<byte> nextRow, ResamplingWeights columns, Span<byte> output, Span<byte> nextOutput)
    {
        ReadOnlySpan<int> starts = columns.Starts;
        ref int weight = ref MemoryMarshal.GetReference(columns.Padded);
        ref byte written = ref MemoryMarshal.GetReference(output[..((starts.Length * 3) + 1)]);
        ref byte nextWritten = ref MemoryMarshal.GetReference(nextOutput[..((starts.Length * 3) + 1)]);
        for (int x = 0; x < starts.Length; x++)
        {
            nuint start = (nuint)(starts[x] - starts[0]) * DecodedImage.BytesPerPixel;
            ref byte pixels = ref Unsafe.Add(ref MemoryMarshal.GetReference(row), start);
            ref byte nextPixels = ref Unsafe.Add(ref MemoryMarshal.GetReference(nextRow), start);

            // One row in the lower half and the other in the upper half; a channel in each lane.
            Vector256<int> sum = Vector256.Create(1 << (ResamplingWeights.FractionBits - 1));
            for (int k = 0; k < columns.Stride; k += 4)
            {
                Vector256<byte> four = Vector256.Create(Vector128.LoadUnsafe(ref pixels), Vector128.LoadUnsafe(ref nextPixels));
                sum += weight * Spread(four, Vector256.Create(
                    0xFFFFFF00, 0xFFFFFF01, 0xFFFFFF02, 0xFFFFFF03, 0xFFFFFF10, 0xFFFFFF11, 0xFFFFFF12, 0xFFFFFF13));
                sum += Unsafe.Add(ref weight, 1) * Spread(four, Vector256.Create(
                    0xFFFFFF04, 0xFFFFFF05, 0xFFFFFF06, 0xFFFFFF07, 0xFFFFFF14, 0xFFFFFF15, 0xFFFFFF16, 0xFFFFFF17));
                sum += Unsafe.Add(ref weight, 2) * Spread(four, Vector256.Create(
                    0xFFFFFF08, 0xFFFFFF09, 0xFFFFFF0A, 0xFFFFFF0B, 0xFFFFFF18, 0xFFFFFF19, 0xFFFFFF1A, 0xFFFFFF1B));
                sum += Unsafe.Add(ref weight, 3) * Spread(four, Vector256.Create(
                    0xFFFFFF0C, 0xFFFFFF0D, 0xFFFFFF0E, 0xFFFFFF0F, 0xFFFFFF1C, 0xFFFFFF1D, 0xFFFFFF1E, 0xFFFFFF1F));
                pixels = ref Unsafe.Add(ref pixels, 4 * DecodedImage.BytesPerPixel);
                nextPixels = ref Unsafe.Add(ref nextPixels, 4 * DecodedImage.BytesPerPixel);
                weight = ref Unsafe.Add(ref weight, 4);
            }

            // Four bytes of each row; the fourth is overwritten by the next pixel.
            Vector256<uint> rounded = Spread(Clamp(sum).AsByte(), Vector256.Create(
                0x0C080400u, 0, 0, 0, 0x1C181410, 0x10101010, 0x10101010, 0x10101010)).AsUInt32();
            Unsafe.WriteUnaligned(ref written, rounded.GetLower().ToScalar());
            Unsafe.WriteUnaligned(ref nextWritten, rounded.GetUpper().ToScalar());
            written = ref Unsafe.Add(ref written, 3);
            nextWritten = ref Unsafe.Add(ref nextWritten, 3);
        }
    }

    /// <summary>One output row from as many intermediate rows as there are weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
                Vector128<byte> loaded = Vector128.LoadUnsafe(ref input, (nuint)((k * stride) + offset));
                Vector256<byte> twice = Vector256.Create(loaded, loaded);
                low += weights[k] * Spread(twice, Vector256.Create(
                    0xFFFFFF00, 0xFFFFFF01, 0xFFFFFF02, 0xFFFFFF03, 0xFFFFFF14, 0xFFFFFF15, 0xFFFFFF16, 0xFFFFFF17));
                high += weights[k] * Spread(twice, Vector256.Create(
                    0xFFFFFF08, 0xFFFFFF09, 0xFFFFFF0A, 0xFFFFFF0B, 0xFFFFFF1C, 0xFFFFFF1D, 0xFFFFFF1E, 0xFFFFFF1F));
            }

            Vector256<ushort> shorts = Vector256.Narrow(Clamp(low).AsUInt32(), Clamp(high).AsUInt32());
            Vector128<byte> rounded = Vector128.Narrow(shorts.GetLower(), shorts.GetUpper());
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

    /// <summary>
    /// Rearranges bytes; places from 0x80 on give 0. Each half takes from its own half, which is one instruction where there
    /// are 256-bit vectors; across halves it is several.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Spread(Vector256<byte> bytes, Vector256<uint> places) => Vector256.IsHardwareAccelerated
        ? Vector256.Shuffle(bytes, places.AsByte()).AsInt32()
        : Vector256.Create(
            Vector128.Shuffle(bytes.GetLower(), places.GetLower().AsByte()),
            Vector128.Shuffle(bytes.GetUpper(), places.GetUpper().AsByte() ^ Vector128.Create((byte)16))).AsInt32();

    /// <summary>Fixed point to 0..255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Clamp(Vector256<int> sums) =>
        Vector256.Clamp(sums >> ResamplingWeights.FractionBits, Vector256<int>.Zero, Vector256.Create(255));
}
