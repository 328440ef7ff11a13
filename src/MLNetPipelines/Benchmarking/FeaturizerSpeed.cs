namespace ResNetMLNet.MLNetPipelines;

/// <summary>How fast images become features in batches of one size, on this machine.</summary>
public sealed record FeaturizerSpeed
{
    /// <summary>Images that go through the network at once.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The bare network's images/s by its median run: pixels in memory to features in memory.</summary>
    public required double NetworkImagesPerSecond { get; init; }

    /// <summary>The difference of the upper and the lower quartile of the network's runs, as a part of their median.</summary>
    public required double NetworkSpread { get; init; }

    /// <summary>The median time of the network for one batch, in milliseconds.</summary>
    public required double P50 { get; init; }

    /// <summary>The time for one batch that 95% of the network's runs keep, in milliseconds.</summary>
    public required double P95 { get; init; }

    /// <summary>The time for one batch that 99% of the network's runs keep, in milliseconds.</summary>
    public required double P99 { get; init; }

    /// <summary>Images/s of decoding and resizing alone, on all threads that decode.</summary>
    public required double DecodingImagesPerSecond { get; init; }

    /// <summary>Images/s from files to features, decoding and network side by side.</summary>
    public required double PipelineImagesPerSecond { get; init; }

    /// <summary>
    /// The most physical memory that the process took meanwhile, in megabytes (10^6 bytes); since the process started, where the system
    /// cannot tell (it can on Linux).
    /// </summary>
    public required double MemoryMegabytes { get; init; }
}
