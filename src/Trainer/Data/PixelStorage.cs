using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Blocks of bytes, in memory up to a limit and beyond that in a file that is gone when this is disposed of, or the process ends. Safe to
/// use from many threads at once. The file is read by calls and not mapped: what was read a while ago lies in the system's cache all the
/// same, and a disk that fails is an exception in place of a crash.
/// </summary>
/// <param name="memoryLimit">Bytes to keep in memory; 0 keeps none there.</param>
/// <param name="folder">Where the file is made, when it is needed.</param>
internal sealed class PixelStorage(long memoryLimit, string folder) : IDisposable
{
    private readonly Lock opening = new();
    private SafeFileHandle? file;
    private long inMemory;
    private long inFile;
    private bool disposed;

    /// <summary>Bytes in the file.</summary>
    public long BytesOnDisk => Interlocked.Read(ref inFile);

    /// <summary>Keeps a block.</summary>
    /// <param name="bytes">It may be held on to: the caller leaves it alone.</param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written into.</exception>
    public Block Add(byte[] bytes)
    {
        if (Interlocked.Add(ref inMemory, bytes.Length) <= memoryLimit) return new Block(bytes, 0, bytes.Length);
        Interlocked.Add(ref inMemory, -bytes.Length);
        SafeFileHandle handle = Open();
        long start = Interlocked.Add(ref inFile, bytes.Length) - bytes.Length;
        RandomAccess.Write(handle, bytes, start);
        return new Block(null, start, bytes.Length);
    }

    /// <summary>The bytes of a block.</summary>
    /// <param name="block">What <see cref="Add"/> gave.</param>
    /// <param name="buffer">Takes the bytes where they are on disk; replaced by a longer one where it is too short.</param>
    /// <returns>Valid as long as neither <paramref name="buffer"/> nor the block changes.</returns>
    public ReadOnlySpan<byte> Read(Block block, ref byte[] buffer)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (block.InMemory is not null) return block.InMemory;
        if (buffer.Length < block.Length) buffer = new byte[block.Length];
        Span<byte> bytes = buffer.AsSpan(0, block.Length);
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(file!, bytes[done..], block.Start + done);
            if (read == 0) throw new EndOfStreamException($"The file with the decoded images in '{folder}' was cut short by someone else.");
            done += read;
        }

        return bytes;
    }

    public void Dispose()
    {
        disposed = true;
        file?.Dispose();
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "It is this object's.")]
    private SafeFileHandle Open()
    {
        lock (opening)
        {
            if (file is null)
            {
                string path = Path.Combine(folder, $"resnet-mlnet-{Environment.ProcessId}-{Path.GetRandomFileName()}.pixels");
                file = File.OpenHandle(
                    path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
                // Windows deletes it even where the process is killed. Elsewhere it loses its name at once, and its space with the process.
                if (!OperatingSystem.IsWindows()) File.Delete(path);
            }

            return file;
        }
    }

    /// <summary>Where a block is.</summary>
    /// <param name="InMemory">The bytes; null where they are on disk.</param>
    /// <param name="Start">The first byte's place in the file.</param>
    /// <param name="Length">How many they are.</param>
    public readonly record struct Block(byte[]? InMemory, long Start, int Length);
}
