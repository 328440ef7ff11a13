namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Bytes that images may take together while they are decoded, in the whole process: an image that does not fit beside those under way
/// waits for them, first come, first served. One that needs more than all of it is decoded alone.
/// </summary>
/// <remarks>A thread that holds a decoded image must not decode another one: it could wait for itself.</remarks>
/// <param name="capacity">Bytes.</param>
internal sealed class DecodingBudget(long capacity)
{
    private const long PerCore = 64_000_000; // a photo of 12 megapixels at four bytes each, and room to spare
    private const long Least = 1_000_000_000; // the largest image of the default limit, in most encodings

    private readonly Lock changing = new();
    private readonly LinkedList<Waiting> queue = new();
    private readonly long capacity = capacity;
    private long free = capacity;

    /// <summary>The process's: 64 MB for each core and at least 1 GB, but no more than a quarter of the memory that it may use.</summary>
    public static DecodingBudget Process { get; } = new(Math.Min(
        Math.Max(Least, PerCore * Environment.ProcessorCount), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4));

    /// <summary>Waits until there is room.</summary>
    /// <param name="bytes">What the image takes at its worst.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Gives the bytes back when it is disposed of.</returns>
    public IDisposable Take(double bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiting waiting = new((long)Math.Min(bytes, capacity));
        lock (changing)
        {
            queue.AddLast(waiting);
            Admit();
        }

        try
        {
            waiting.Admitted.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (changing)
            {
                if (!queue.Remove(waiting)) free += waiting.Bytes;
                Admit();
            }

            throw;
        }

        return new Lease(this, waiting.Bytes);
    }

    private void Admit()
    {
        while (queue.First is { } next && next.Value.Bytes <= free)
        {
            free -= next.Value.Bytes;
            queue.RemoveFirst();
            next.Value.Admitted.Set();
        }
    }

    private sealed class Waiting(long bytes)
    {
        public long Bytes => bytes;

        public ManualResetEventSlim Admitted { get; } = new();
    }

    private sealed class Lease(DecodingBudget budget, long bytes) : IDisposable
    {
        private long held = bytes;

        public void Dispose()
        {
            long returned = Interlocked.Exchange(ref held, 0);
            if (returned == 0) return;
            lock (budget.changing)
            {
                budget.free += returned;
                budget.Admit();
            }
        }
    }
}
