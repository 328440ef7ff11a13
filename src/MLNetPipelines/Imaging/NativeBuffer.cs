using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Bytes outside of the garbage collector's heap, given back the moment they are disposed of. A pool would keep the buffers of the largest
/// image ever seen, once for each thread, for as long as the process lives.
/// </summary>
/// <param name="length">Bytes; not cleared.</param>
/// <exception cref="OutOfMemoryException">There are not so many.</exception>
internal sealed unsafe class NativeBuffer(int length) : IDisposable
{
    private void* address = NativeMemory.Alloc((nuint)length);

    ~NativeBuffer() => Free();

    public nint Address => address is null ? throw new ObjectDisposedException(nameof(NativeBuffer)) : (nint)address;

    public Span<byte> Bytes => new((void*)Address, length);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(address);
        address = null;
    }
}
