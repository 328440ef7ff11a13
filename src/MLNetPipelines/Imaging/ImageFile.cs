using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Reads an image file whole, and says in words why that did not work.</summary>
internal static class ImageFile
{
    // No photo comes near it, and a video that strayed into the folder is not read to its end.
    private const long LengthLimit = 1_000_000_000;

    private const int ChunkLength = 1 << 16;

    /// <returns>The file's bytes; the caller disposes of them.</returns>
    /// <exception cref="UnreadableImageException">The file is missing, empty, too long, or reading it fails.</exception>
    public static EncodedImage Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0) throw new UnreadableImageException(path: null, "has an empty path");
        if (path.Contains('\0', StringComparison.Ordinal)) throw new UnreadableImageException(path, "has a NUL character in its path");
        try
        {
            // Opening a pipe waits for its other end, perhaps forever.
            if (SpecialFile.KindOf(path) is string kind) throw new UnreadableImageException(path, $"is {kind}, not a file");
            FileInfo link = new(path);
            if ((link.ResolveLinkTarget(returnFinalTarget: true) ?? link) is FileInfo { Exists: true, Length: 0 })
            {
                throw new UnreadableImageException(path, "is empty");
            }

            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            return Read(file, path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException(path, "does not exist", missing);
        }
        catch (OutOfMemoryException tooLarge)
        {
            throw new UnreadableImageException(path, "needs more memory than there is", tooLarge);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new UnreadableImageException(path, Directory.Exists(path) ? "is a folder" : "may not be read by this user", denied);
        }
        catch (PathTooLongException tooLong)
        {
            throw new UnreadableImageException(path, "has a path that is too long", tooLong);
        }
        catch (Exception failure) when (failure is IOException or ArgumentException or NotSupportedException)
        {
            throw new UnreadableImageException(path, $"cannot be read ({failure.Message.TrimEnd('.')})", failure);
        }
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="UnreadableImageException">It is too long.</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkLength);
        try
        {
            while (await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false) is > 0 and int read)
            {
                if (bytes.Length + read > LengthLimit)
                {
                    throw new UnreadableImageException(path: null, $"has more than {LengthLimit / 1_000_000} megabytes");
                }

                bytes.Write(chunk, 0, read);
            }

            return bytes.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static EncodedImage Read(FileStream file, string path)
    {
        long length = file.Length;
        if (length == 0)
        {
            throw new UnreadableImageException(path, "is empty");
        }

        if (length > LengthLimit)
        {
            throw new UnreadableImageException(path, $"has {length / 1_000_000} megabytes; the limit is {LengthLimit / 1_000_000}");
        }

        EncodedImage bytes = new((int)length);
        try
        {
            file.ReadExactly(bytes.Bytes);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}
