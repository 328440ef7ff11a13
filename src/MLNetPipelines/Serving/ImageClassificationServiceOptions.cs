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
    /// How long a request waits for others to go through the network with it, up to one minute. Null waits 4 milliseconds on a CUDA device
    /// and not at all on the CPU, where a batch takes as long as its images one by one. What arrives while the network runs is batched in
    /// any case.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or more than a minute.</exception>
    public TimeSpan? MaxDelay
    {
        get;
        init => field = value is null || (value >= TimeSpan.Zero && value <= TimeSpan.FromMinutes(1))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxDelay), value,
                "A request waits 0 to 60 seconds for others; null chooses by the device.");
    }

    /// <summary>
    /// Requests that are under way at most, 1 to 1 million: being decoded, waiting or in the network. One more is refused with an
    /// <see cref="ImageQueueFullException"/>. Each takes the memory of the network's pixels, 150 KB at 224 x 224. Streams are read
    /// before they count here: <see cref="ByteBudget"/> bounds them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1 million.</exception>
    public int QueueCapacity
    {
        get;
        init => field = value is >= 1 and <= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(QueueCapacity), value, "A queue holds 1 to 1 million requests.");
    } = 256;

    /// <summary>Bytes of an image file at most, 1 to 1 billion; a longer one counts as unreadable. By default 32 million.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1 billion.</exception>
    public long ImageByteLimit
    {
        get;
        init => field = value is >= 1 and <= 1_000_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ImageByteLimit), value, "An image file has 1 to 1 billion bytes.");
    } = 32_000_000;

    /// <summary>
    /// Bytes of all streams at most that are being read or wait for their decoding, at least 1 million. A request that needs more is
    /// refused with an <see cref="ImageQueueFullException"/>. Each takes at least 64 KiB. By default 256 million.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1 million.</exception>
    public long ByteBudget
    {
        get;
        init => field = value >= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ByteBudget), value, "A budget of bytes is at least 1 million.");
    } = 256_000_000;

    /// <summary>
    /// How long reading a stream may take, up to a day; then the request fails with a <see cref="TimeoutException"/>. By default 30
    /// seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive, or more than a day.</exception>
    public TimeSpan ReadTimeout
    {
        get;
        init => field = value > TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ReadTimeout), value, "Reading a stream may take up to a day.");
    } = TimeSpan.FromSeconds(30);
}
