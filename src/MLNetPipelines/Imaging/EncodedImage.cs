using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image file's content, in memory of its own.</summary>
/// <param name="length">Bytes; not cleared.</param>
/// <exception cref="OutOfMemoryException">There are not so many.</exception>
internal sealed class EncodedImage(int length) : IDisposable
{
    private readonly PixelBuffer buffer = new(length);

    public Span<byte> Bytes => buffer.Bytes;

    /// <returns>A copy.</returns>
    public static EncodedImage Copy(ReadOnlySpan<byte> encoded)
    {
        EncodedImage copy = new(encoded.Length);
        encoded.CopyTo(copy.Bytes);
        return copy;
    }

    /// <summary>The same bytes as Skia's type; not to be used after this is disposed of.</summary>
    public SKData ToSkia() => SKData.Create(buffer.Address, length);

    /// <summary>Exchanges the first bytes.</summary>
    /// <returns>Puts them back when it is disposed of.</returns>
    public IDisposable Disguise(ReadOnlySpan<byte> start)
    {
        Disguised disguised = new(this, Bytes[..start.Length].ToArray());
        start.CopyTo(Bytes);
        return disguised;
    }

    public void Dispose() => buffer.Dispose();

    private sealed class Disguised(EncodedImage image, byte[] original) : IDisposable
    {
        public void Dispose() => original.CopyTo(image.Bytes);
    }
}
