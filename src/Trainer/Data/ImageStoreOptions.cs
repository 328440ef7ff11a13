using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How decoded images are kept.</summary>
internal sealed record ImageStoreOptions
{
    /// <summary>
    /// What the shorter side of an image is shrunk to, in pixels; smaller images stay as they are. A photo of 4:3 then takes 262 KB.
    /// Random crops are taken from what is kept, so small ones are finer where this is larger.
    /// </summary>
    public int ShorterSide { get; init; } = 256;

    /// <summary>The filter that shrinks: the network's own.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>Bytes of pixels in memory; the rest lies in a file.</summary>
    public long MemoryLimit { get; init; } = 2_000_000_000; // about 8000 photos

    /// <summary>Where that file is made, if it is needed; it is removed with the store.</summary>
    public string Folder { get; init; } = Path.GetTempPath();

    /// <summary>Threads that decode.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Most pixels, width times height, of an image in its file; one with more is skipped.</summary>
    public long PixelLimit { get; init; } = 100_000_000;

    /// <summary>What the work is called where it is reported.</summary>
    public string Description { get; init; } = "Decoding";

    /// <summary>Hears of each image that is decoded.</summary>
    public IProgress<TrainingEvent>? Progress { get; init; }
}
