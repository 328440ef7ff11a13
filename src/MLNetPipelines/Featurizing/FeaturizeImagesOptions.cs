using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How images are featurized.</summary>
/// <remarks>
/// <see cref="Output"/>, <see cref="Normalize"/>, <see cref="ScaledDecoding"/>, <see cref="PixelLimit"/> and <see cref="UnreadableImages"/>
/// decide what comes out: they are saved with a model, and a loaded one keeps them. What comes out depends on nothing else here, up to
/// rounding.
/// </remarks>
public sealed record FeaturizeImagesOptions
{
    // What one buffer holds at four bytes a pixel.
    internal const long LargestPixelLimit = 500_000_000;

    /// <summary>Where the network runs.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>How a CUDA device is used, where the network runs on one.</summary>
    public CudaOptions Cuda { get; init; } = new();

    /// <summary>Images that go through the network at once, 1 to 1024; null is 8 on the CPU and 64 on a CUDA device.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not in 1 to 1024.</exception>
    public int? BatchSize
    {
        get;
        init => field = value is null or (>= 1 and <= 1024)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "A batch is 1 to 1024 images; null chooses by the device.");
    }

    /// <summary>Images that are decoded at the same time, 1 to 1024; null is one on each core.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1024.</exception>
    public int? DecodeParallelism
    {
        get;
        init => field = value is null or (>= 1 and <= 1024)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(DecodeParallelism), value,
                "1 to 1024 images are decoded at a time; null is one on each core.");
    }

    /// <summary>
    /// Threads that the network runs on, on the CPU, 1 to 1024; null is one on each physical core, and as many as a container's quota
    /// allows. Where <see cref="OnnxRuntimeThreads"/> are shared, they count instead. For many small processes on one host: 1, and
    /// <see cref="DecodeParallelism"/> 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1024.</exception>
    public int? NetworkThreads
    {
        get;
        init => field = value is null or (>= 1 and <= 1024)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NetworkThreads), value,
                "A network runs on 1 to 1024 threads; null is one on each physical core.");
    }

    /// <summary>
    /// Further entries of ONNX Runtime's session by their names there, such as <c>session.intra_op.allow_spinning</c>, which <c>0</c> keeps
    /// from waiting busily between two runs; copied. They are listed in ONNX Runtime's <c>onnxruntime_session_options_config_keys.h</c>; it
    /// passes over what it does not know.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public IReadOnlyDictionary<string, string> SessionEntries
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Keys.Any(string.IsNullOrWhiteSpace)
                ? throw new ArgumentException(
                    "A session's entry has a name, such as 'session.intra_op.allow_spinning'.", nameof(SessionEntries))
                : new Dictionary<string, string>(value);
        }
    } = new Dictionary<string, string>();

    /// <summary>
    /// Most pixels, width times height, that an image may have, 1 to 500 million; a larger one counts as unreadable.
    /// </summary>
    /// <remarks>
    /// An image takes four bytes a pixel while it is decoded. Beside them, a progressive JPEG takes up to eight more; an interlaced PNG, a
    /// WebP or a GIF four; one of these that is turned by EXIF another four. Every core decodes one image, but all images
    /// that a process is decoding take at most 64 MB for each core together, at least 1 GB, and at most a quarter of the memory that the
    /// process may use: an image that does not fit beside the others waits, and one that needs more than all of that is decoded alone. The
    /// memory is given back after each image, but for buffers of up to 64 MB, which the next image gets. The bytes of the image's file come
    /// on top.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not in 1 to 500 million.</exception>
    public long PixelLimit
    {
        get;
        init => field = value is >= 1 and <= LargestPixelLimit
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PixelLimit), value, "A pixel limit is 1 to 500 million.");
    } = 100_000_000;

    /// <summary>
    /// Null decodes photos whole, and their pixels are exactly Pillow's. A number of at least 1 lets JPEG photos be decoded at 1/2, 1/4 or
    /// 1/8 of their size, where their shorter side then still has so many times the pixels that the network's preprocessing resizes it to:
    /// less time and memory for photos straight from a camera. At 2, features of ResNet-18 at 224 pixels move by 1.6% of their length and a
    /// cosine distance of 0.0002, on average over the photos that are large enough (benchmarks/ScaledDecoding has other numbers).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public double? ScaledDecoding
    {
        get;
        init => field = value is null or (>= 1 and <= double.MaxValue)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ScaledDecoding), value,
                "Scaled decoding leaves at least once the pixels that are needed; null decodes photos whole.");
    }

    /// <summary>What is taken from the network.</summary>
    public BackboneOutput Output { get; init; } = BackboneOutput.Features;

    /// <summary>
    /// Whether features are divided by their Euclidean length, so that the dot product of two images is their cosine. For comparing images,
    /// that is what is wanted. A trainer may then need weaker regularization than its default: <c>LbfgsMaximumEntropy()</c> as it is has an
    /// accuracy of 0.62 with it and 0.83 without on samples/flowers (benchmarks/HeadSelection). <c>ImageClassification</c> has a trainer
    /// set up for features of unit length.
    /// </summary>
    public bool Normalize { get; init; }

    /// <summary>
    /// What happens where a row's image cannot be read. (<see cref="ImageFeaturizer.Featurize"/> gives the error with the image instead.)
    /// </summary>
    public UnreadableImages UnreadableImages { get; init; } = UnreadableImages.Throw;

    /// <summary>Keeps features on disk and takes them from there; null, the default, does not.</summary>
    public FeatureCacheOptions? Cache { get; init; }

    /// <summary>
    /// Whose <see cref="MLContext.Log"/> is told the device that was chosen and why, images that cannot be read, and how many came from the
    /// cache; null, the default, tells nobody. (An extension method cannot see the context whose catalog it extends, so it is named here.)
    /// </summary>
    public MLContext? Log { get; init; }
}
