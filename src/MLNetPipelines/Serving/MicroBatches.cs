using System.Threading.Channels;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Gathers items that many threads add into batches, and runs these one after another.</summary>
/// <param name="size">Items of a batch at most.</param>
/// <param name="delay">How long the first of a batch waits for others.</param>
/// <param name="run">Takes a batch. The list is used again for the next one.</param>
/// <param name="fail">Is told of each item of a batch that threw; the batches after it run as before.</param>
internal sealed class MicroBatches<T>(int size, TimeSpan delay, Action<IReadOnlyList<T>> run, Action<T, Exception> fail) : IAsyncDisposable
{
    private readonly Channel<T> waiting = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource hurry = new();
    private Task? loop;

    /// <summary>Starts to run batches.</summary>
    public void Start() => loop = Task.Run(RunAsync);

    /// <summary>Adds an item; not after disposal.</summary>
    public void Add(T item)
    {
        if (!waiting.Writer.TryWrite(item)) throw new InvalidOperationException("Items are added while batches run, not after their end.");
    }

    /// <summary>Batches no longer wait for others.</summary>
    public void Hurry() => hurry.Cancel();

    /// <summary>Runs what was added, without waiting for more.</summary>
    public async ValueTask DisposeAsync()
    {
        Hurry();
        waiting.Writer.Complete();
        if (loop is not null) await loop.ConfigureAwait(false);
        hurry.Dispose();
    }

    private async Task RunAsync()
    {
        List<T> batch = new(size);
        while (await waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            Take(batch);
            if (batch.Count < size && delay > TimeSpan.Zero) await WaitForOthersAsync(batch).ConfigureAwait(false);
            try
            {
                run(batch);
            }
            catch (Exception failure)
            {
                foreach (T item in batch) fail(item, failure);
            }

            batch.Clear();
        }
    }

    private async Task WaitForOthersAsync(List<T> batch)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(hurry.Token);
        patience.CancelAfter(delay);
        while (batch.Count < size)
        {
            Task<bool> more = waiting.Reader.WaitToReadAsync(patience.Token).AsTask();
            await ((Task)more).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // running out of patience is not an error
            if (!more.IsCompletedSuccessfully || !await more.ConfigureAwait(false)) break;
            Take(batch);
        }
    }

    private void Take(List<T> batch)
    {
        while (batch.Count < size && waiting.Reader.TryRead(out T? item)) batch.Add(item);
    }
}
