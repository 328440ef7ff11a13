namespace ResNetMLNet.MLNetPipelines;

/// <summary>How an <see cref="ImageClassificationService"/> serves requests.</summary>
public sealed record ImageClassificationServiceOptions
{
    /// <summary>
    /// Device, limits, cache. <see cref="FeaturizeImagesOptions.BatchSize"/> is how many requests go through the network together at most,
    /// <see cref="FeaturizeImagesOptions.DecodeParallelism"/> how many are decoded at the same time.
    /// </summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new();

    /// <summary>
    /// How long a request waits for others to go through the network with it, up to one minute. Null waits 4 milliseconds on a CUDA device and
    /// not at all on the CPU, where a batch takes as long as its images one by one. What arrives while the network runs is batched in any case.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or more than a minute.</exception>
    public TimeSpan? MaxDelay
    {
        get;
        init => field = value is null || (value >= TimeSpan.Zero && value <= TimeSpan.FromMinutes(1))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxDelay), value, "A request waits 0 to 60 seconds for others; null chooses by the device.");
    }

    /// <summary>
    /// Requests that are under way at most, 1 to 1 million: being read, decoded, waiting or in the network. One more is refused with a
    /// <see cref="ImageQueueFullException"/>. Each takes the memory of the network's pixels, 150 KB at 224 x 224.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1 million.</exception>
    public int QueueCapacity
    {
        get;
        init => field = value is >= 1 and <= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(QueueCapacity), value, "A queue holds 1 to 1 million requests.");
    } = 256;
}
