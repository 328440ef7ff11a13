namespace ResNetMLNet.MLNetPipelines;

/// <summary>The content of an image file out of a stream. It holds its part of a budget of bytes until it is disposed of.</summary>
internal sealed class ImageBody : IDisposable
{
    // What even an empty body holds, so that the budget bounds their number too.
    private const int Smallest = 1 << 16;

    private readonly Budget budget;
    private readonly long limit;
    private byte[] buffer = [];
    private int length;

    private ImageBody(Budget budget, long limit)
    {
        this.budget = budget;
        this.limit = limit;
    }

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="UnreadableImageException">It has more bytes than the limit.</exception>
    /// <exception cref="ImageQueueFullException">The budget is used up.</exception>
    public static async Task<ImageBody> ReadAsync(Stream stream, long limit, Budget budget, CancellationToken cancellationToken)
    {
        ImageBody body = new(budget, limit);
        try
        {
            body.Grow(stream.CanSeek ? stream.Length - stream.Position : 0);
            while (await stream.ReadAsync(body.buffer.AsMemory(body.length), cancellationToken).ConfigureAwait(false) is > 0 and int read)
            {
                body.length += read;
                if (body.length > limit) throw TooLong(path: null, limit);
                if (body.length == body.buffer.Length) body.Grow(2L * body.length);
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public static UnreadableImageException TooLong(string? path, long limit) =>
        new(path, $"has more than {limit:N0} bytes, the limit of ImageByteLimit");

    public void Dispose()
    {
        budget.GiveBack(buffer.Length);
        buffer = [];
        length = 0;
    }

    // One byte more than is allowed, so that the end of a body that is just allowed can be seen.
    private void Grow(long wanted)
    {
        int size = (int)Math.Clamp(wanted + 1, Smallest, Math.Max(limit + 1, Smallest));
        if (!budget.TryTake(size)) throw ImageQueueFullException.OfBytes();
        byte[] larger;
        try
        {
            larger = new byte[size];
        }
        catch (OutOfMemoryException)
        {
            budget.GiveBack(size);
            throw;
        }

        Bytes.CopyTo(larger);
        budget.GiveBack(buffer.Length);
        buffer = larger;
    }
}
