using System.Buffers;
using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Bytes at a fixed address. Buffers of a photo's size come from the pool: fresh memory would cost a fifth of decoding it. Larger ones are
/// given back the moment they are disposed of: the pool would keep those of the largest image ever seen, once for each thread, as long as
/// the process lives.
/// </summary>
internal sealed unsafe class PixelBuffer : IDisposable
{
    private const int LargestPooled = 1 << 26; // a photo of 16 megapixels

    private readonly int length;
    private readonly byte[]? pooled;
    private GCHandle pin;
    private void* address;

    /// <param name="length">Bytes; not cleared.</param>
    /// <exception cref="OutOfMemoryException">There are not so many.</exception>
    public PixelBuffer(int length)
    {
        this.length = length;
        if (length > LargestPooled)
        {
            address = NativeMemory.Alloc((nuint)length);
            return;
        }

        pooled = ArrayPool<byte>.Shared.Rent(length);
        pin = GCHandle.Alloc(pooled, GCHandleType.Pinned);
        address = (void*)pin.AddrOfPinnedObject();
    }

    ~PixelBuffer() => Free();

    public nint Address => address is null ? throw new ObjectDisposedException(nameof(PixelBuffer)) : (nint)address;

    public Span<byte> Bytes => new((void*)Address, length);

    public void Dispose()
    {
        if (address is null) return;
        Free();
        if (pooled is not null) ArrayPool<byte>.Shared.Return(pooled);
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (pin.IsAllocated) pin.Free();
        else NativeMemory.Free(address);
        address = null;
    }
}
