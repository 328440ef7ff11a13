namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image in memory: 8-bit R, G, B, A per pixel, rows from top to bottom without gaps.</summary>
public sealed class DecodedImage : IDisposable
{
    /// <summary>Bytes of one pixel.</summary>
    public const int BytesPerPixel = 4;

    private readonly PixelBuffer buffer;

    internal DecodedImage(int width, int height)
    {
        buffer = new PixelBuffer(checked(width * height * BytesPerPixel));
        Width = FullWidth = width;
        Height = FullHeight = height;
    }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Width of the whole image, of which this may be a smaller copy.</summary>
    public int FullWidth { get; internal init; }

    /// <summary>Height of the whole image.</summary>
    public int FullHeight { get; internal init; }

    /// <summary>What is odd about the image.</summary>
    internal ImageOddities Oddities { get; set; }

    /// <summary>The part of the decoding budget that the image holds; released with it.</summary>
    internal IDisposable? Lease { get; set; }

    /// <summary>[<see cref="Height"/>, <see cref="Width"/>, 4], not cleared.</summary>
    public Span<byte> Pixels => buffer.Bytes;

    /// <summary>Where <see cref="Pixels"/> begin.</summary>
    internal nint Address => buffer.Address;

    /// <summary>Whether every pixel has the color of the first; what transparency hid counts as it is stored.</summary>
    internal bool IsFlat()
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

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        buffer.Dispose();
        Lease?.Dispose();
        Lease = null;
    }
}
