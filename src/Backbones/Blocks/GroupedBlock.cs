namespace ResNetMLNet.Backbones.Blocks;

/// <summary>A block of a 1x1, a middle of 3x3 convolutions that may be in groups, and a 1x1 to four times the planes.</summary>
public abstract record GroupedBlock : Block
{
    private protected GroupedBlock()
    {
    }

    /// <summary>Groups of the 3x3 convolutions; more than one makes a ResNeXt (Xie et al. 2016, arXiv:1611.05431).</summary>
    public int Cardinality { get; init; } = 1;

    /// <summary>
    /// Width of a group for 64 planes; 128 in one group makes a wide ResNet (Zagoruyko and Komodakis 2016, arXiv:1605.07146).
    /// </summary>
    public int BaseWidth { get; init; } = 64;

    /// <inheritdoc/>
    public override int Expansion => 4;

    /// <inheritdoc/>
    protected internal override int Width(int planes) => (int)Math.Min(int.MaxValue, (long)planes * BaseWidth / 64 * Cardinality);

    /// <inheritdoc/>
    protected internal override string? Problem(int planes) =>
        Cardinality < 1 ? $"a cardinality of {Cardinality}; a convolution has at least one group"
        : BaseWidth < 1 ? $"a base width of {BaseWidth}; a group has at least one channel for 64 planes"
        : null;
}
