using ResNetMLNet.Backbones.Blocks;

namespace ResNetMLNet.Backbones;

/// <summary>
/// What an architecture is: a stem, four stages of one kind of block, a shortcut. Pure data: two specs that say the same are equal,
/// and a variant is written with <c>with</c>.
/// </summary>
/// <example><c>resnet50 with { Name = "resnet50d", Stem = Stem.Deep(32), Shortcut = Shortcut.AveragePool }</c></example>
public sealed record BackboneSpec
{
    /// <summary>The name that users type, timm's where timm has the network: <c>resnet50d</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the stages are made of.</summary>
    public required Block Block { get; init; }

    /// <summary>How many blocks each stage has.</summary>
    public required Depths Depths { get; init; }

    /// <summary>The layers before the first stage.</summary>
    public Stem Stem { get; init; } = Stem.Plain;

    /// <summary>How a block's input gets the shape of its output where the two differ.</summary>
    public Shortcut Shortcut { get; init; } = Shortcut.Convolution;

    /// <summary>
    /// Planes of the first stage; each later stage has twice as many. A block's output has <see cref="Block.Expansion"/> times these.
    /// </summary>
    public int Planes { get; init; } = 64;

    /// <summary>Classes of the classifier <c>fc</c>; 0 for a network without one, whose output is its features.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>The pictures that the network was made for.</summary>
    public InputSpec Input { get; init; } = InputSpec.ImageNet;

    /// <summary>
    /// Pixels of an image, in each direction, for one position of the last stage: 32, or 8 where the stem keeps the size. Images have at
    /// least as many pixels, and multiples of it are divided without a remainder.
    /// </summary>
    public int OutputStride => Stem.OutputStride * StageStrides.Aggregate((product, stride) => product * stride);

    /// <summary>Strides of the first blocks of layer1 to layer4 (He et al. 2015, arXiv:1512.03385, table 1).</summary>
    internal static IReadOnlyList<int> StageStrides { get; } = [1, 2, 2, 2];

    /// <summary>Channels after the last stage: the width of the pooled features.</summary>
    public int FeatureWidth => Planes * 8 * Block.Expansion;
}

/// <summary>How many blocks each of the four stages has.</summary>
public readonly record struct Depths(int Layer1, int Layer2, int Layer3, int Layer4)
{
    internal int[] ToArray() => [Layer1, Layer2, Layer3, Layer4];

    /// <inheritdoc/>
    public override string ToString() => $"{Layer1}-{Layer2}-{Layer3}-{Layer4}";
}
