using System.Reflection;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// Downloads <see cref="PretrainedWeights"/> from the Hugging Face hub, or a server that has its URLs, and keeps them: a file is there
/// whole and as the hub's SHA-256 says, or not at all, also where two processes fetch it at once. What is there is used without asking the
/// hub.
/// </summary>
public sealed class WeightsHub : IDisposable
{
    private readonly HttpClient client;

    /// <param name="options">Where from and where to; by default as the environment says.</param>
    /// <exception cref="ArgumentException">The token or the revision can be no part of a request.</exception>
    public WeightsHub(WeightsHubOptions? options = null)
    {
        Options = options ?? new WeightsHubOptions();
        Options.Check();
        // Redirects are followed by hand, and time runs out by what does not come, not by what takes long.
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = Options.StallTimeout
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"resnet-mlnet/{Assembly.GetExecutingAssembly().GetName().Version!.ToString(3)}");
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>Where from and where to.</summary>
    public WeightsHubOptions Options { get; }

    /// <summary>The file of weights that were downloaded; null where they were not.</summary>
    public string? FindCached(PretrainedWeights weights) =>
        new CachedWeights(Options, weights) is { IsComplete: true, Path: string path } ? path : null;

    /// <summary>Downloads weights, unless they are in the cache.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="progress">Reports progress a few times a megabyte, and once where another process is downloading the same file.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept, and the next download goes on from there.</param>
    /// <returns>The safetensors file.</returns>
    /// <exception cref="IOException">The hub cannot be reached or refuses; the message says why, and what to do.</exception>
    /// <exception cref="InvalidDataException">What came is not what the hub announced. It was deleted.</exception>
    public async Task<string> DownloadAsync(
        PretrainedWeights weights, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var cached = new CachedWeights(Options, weights);
        if (cached.IsComplete) return cached.Path;
        if (Options.Offline)
        {
            throw new IOException(
                $"'{weights.Name}' is not in the cache '{Options.CacheFolder}', and HF_HUB_OFFLINE forbids a download. " +
                $"Unset it, or download the weights on a machine with a network and copy its cache folder here.");
        }
        using IDisposable held = await cached.LockAsync(
            () => progress?.Report(new DownloadProgress { IsWaiting = true }), cancellationToken);
        // Whoever had the lock before may have brought it.
        if (!cached.IsComplete) await new WeightsDownload(client, Options, weights, cached, progress).RunAsync(cancellationToken);
        return cached.Path;
    }

    /// <summary>Reads a downloaded file again and compares it with what the hub announced.</summary>
    /// <exception cref="FileNotFoundException">It was not downloaded.</exception>
    /// <exception cref="InvalidDataException">It has changed since; the message says how to fetch it again.</exception>
    public async Task VerifyAsync(PretrainedWeights weights, CancellationToken cancellationToken = default)
    {
        var cached = new CachedWeights(Options, weights);
        if (!cached.IsComplete)
        {
            throw new FileNotFoundException(
                $"'{weights.Name}' is not in the cache '{Options.CacheFolder}'. Download it first.", cached.Path);
        }
        string sha256 = await WeightsDownload.Sha256Async(cached.Path, cancellationToken);
        string? expected = cached.ReadIdentity()?.Sha256;
        if (sha256 != expected)
        {
            throw new InvalidDataException(
                $"'{cached.Path}' is damaged: its SHA-256 is {sha256} in place of {expected ?? "one that was noted"}. " +
                "Delete it, and the next download fetches it again.");
        }
    }

    /// <summary>Deletes downloaded weights, and what unfinished downloads left.</summary>
    /// <param name="weights">Which; all without it.</param>
    /// <returns>How many bytes were freed.</returns>
    public long Clear(PretrainedWeights? weights = null)
    {
        var folder = new DirectoryInfo(weights is null
            ? CachedWeights.Folder(Options)
            : Path.GetDirectoryName(new CachedWeights(Options, weights).Path)!);
        if (!folder.Exists) return 0;
        long bytes = folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        folder.Delete(recursive: true);
        return bytes;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => client.Dispose();
}

/// <summary>How far a download is.</summary>
/// <param name="Received">Bytes that have come, earlier tries included.</param>
/// <param name="Total">Bytes of the whole file; null where the server does not say.</param>
public readonly record struct DownloadProgress(long Received, long? Total)
{
    /// <summary>Whether another process is downloading the file, and this one waits for it.</summary>
    public bool IsWaiting { get; init; }
}
