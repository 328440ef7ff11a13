using System.Threading.Channels;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Gives features to the cache on a thread of its own, so that a slow disk and the trimming of the folder do not hold up the network. Where
/// the disk does not keep up, features are not kept: computing them again is all that it costs.
/// </summary>
/// <param name="pipeline">Has the cache.</param>
internal sealed class CacheWriter(FeaturePipeline pipeline) : IAsyncDisposable
{
    private const int Capacity = 1024;

    private readonly Channel<(FeaturePipeline.Prepared Prepared, float[] Features)> waiting =
        Channel.CreateBounded<(FeaturePipeline.Prepared Prepared, float[] Features)>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private Task? loop;

    /// <summary>Starts the thread.</summary>
    public void Start() => loop = Task.Run(RunAsync);

    /// <param name="prepared">Says what the cache knows the image by; where it knows none, nothing is kept.</param>
    /// <param name="features">As the network computed them; copied.</param>
    public void Keep(FeaturePipeline.Prepared prepared, ReadOnlySpan<float> features)
    {
        if (prepared.Key is not null) waiting.Writer.TryWrite((prepared, features.ToArray()));
    }

    /// <summary>Writes what is waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        if (loop is not null) await loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach ((FeaturePipeline.Prepared prepared, float[] features) in waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                pipeline.Keep(prepared, features);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // A cache that cannot be written costs time, nothing else.
            }
        }
    }
}
