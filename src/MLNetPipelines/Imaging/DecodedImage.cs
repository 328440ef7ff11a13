namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image in memory: 8-bit R, G, B, A per pixel, rows from top to bottom without gaps.</summary>
internal sealed class DecodedImage(int width, int height) : IDisposable
{
    /// <summary>Bytes of one pixel.</summary>
    public const int BytesPerPixel = 4;

    private readonly PixelBuffer buffer = new(checked(width * height * BytesPerPixel));

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>Width of the whole image, of which this may be a smaller copy.</summary>
    public int FullWidth { get; init; } = width;

    /// <summary>Height of the whole image.</summary>
    public int FullHeight { get; init; } = height;

    /// <summary>What is odd about the image.</summary>
    public ImageOddities Oddities { get; set; }

    /// <summary>The part of the decoding budget that the image holds; released with it.</summary>
    public IDisposable? Lease { get; set; }

    /// <summary>[<see cref="Height"/>, <see cref="Width"/>, 4], not cleared.</summary>
    public Span<byte> Pixels => buffer.Bytes;

    /// <summary>Where <see cref="Pixels"/> begin.</summary>
    public nint Address => buffer.Address;

    /// <summary>Whether every pixel has the color of the first; what transparency hid counts as it is stored.</summary>
    public bool IsFlat()
    {
        ReadOnlySpan<uint> pixels = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(Pixels);
        uint color = BitConverter.IsLittleEndian ? 0x00FFFFFF : 0xFFFFFF00;
        uint first = pixels[0] & color;
        foreach (uint pixel in pixels)
        {
            if ((pixel & color) != first) return false;
        }

        return true;
    }

    public void Dispose()
    {
        buffer.Dispose();
        Lease?.Dispose();
        Lease = null;
    }
}
