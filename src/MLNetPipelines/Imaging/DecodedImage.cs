using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A picture in memory: 8-bit R, G, B, A per pixel, rows from top to bottom without gaps, in a pooled buffer.</summary>
internal sealed class DecodedImage(int width, int height) : IDisposable
{
    /// <summary>Bytes of one pixel.</summary>
    public const int BytesPerPixel = 4;

    private byte[]? buffer = ArrayPool<byte>.Shared.Rent(checked(width * height * BytesPerPixel));

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>Width of the whole picture, of which this may be a smaller copy.</summary>
    public int FullWidth { get; init; } = width;

    /// <summary>Height of the whole picture.</summary>
    public int FullHeight { get; init; } = height;

    /// <summary>The array behind <see cref="Pixels"/>, which may be longer.</summary>
    public byte[] Buffer => buffer ?? throw new ObjectDisposedException(nameof(DecodedImage));

    /// <summary>[<see cref="Height"/>, <see cref="Width"/>, 4], not cleared.</summary>
    public Span<byte> Pixels => Buffer.AsSpan(0, Width * Height * BytesPerPixel);

    public void Dispose()
    {
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = null;
        }
    }
}
