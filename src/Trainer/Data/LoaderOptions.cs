using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How images become batches to train on.</summary>
internal sealed record LoaderOptions
{
    /// <summary>Most images of a batch; the batches of an epoch are equal to within one.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Size and filter, and where there are no random crops, how an image becomes a square.</summary>
    public ImagePreprocessing Preprocessing { get; init; } = new();

    /// <summary>What is changed at random.</summary>
    public Augmentation Augmentation { get; init; } = new();

    /// <summary>A change of the caller's own, after the augmentation.</summary>
    public ImageChange? Change { get; init; }

    /// <summary>The same seed gives the same batches.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads that make batches, each a batch at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Batches that are made ahead of the one that is trained on, 1 at least.</summary>
    public int Prefetch { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// Whether each class is taken as often as any other, for classes of different sizes; an epoch is as long as without.
    /// </summary>
    public bool Balanced { get; init; }

    /// <summary>Sizes that the steps have in place of that of <see cref="Preprocessing"/>.</summary>
    public MultiScale? MultiScale { get; init; }
}

/// <summary>A size drawn anew for each step (Redmon and Farhadi 2016, arXiv:1612.08242, "Multi-Scale Training").</summary>
/// <param name="Smallest">In pixels.</param>
/// <param name="Largest">In pixels.</param>
/// <param name="Multiple">
/// The sizes are <paramref name="Smallest"/> and every so many pixels more, the output stride of the backbone: 32 for a plain ResNet.
/// </param>
internal sealed record MultiScale(int Smallest, int Largest, int Multiple = 32)
{
    // Places in RandomStream that are no image's: -1 is the order's.
    private const int FirstPlace = int.MinValue;

    /// <summary>The size of a step.</summary>
    public int SizeOf(int seed, int epoch, int step) =>
        Smallest + (Multiple * new RandomStream(seed, epoch, FirstPlace + step).Below(((Largest - Smallest) / Multiple) + 1));
}
