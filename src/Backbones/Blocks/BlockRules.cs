namespace ResNetMLNet.Backbones.Blocks;

/// <summary>What the types of a block cannot forbid.</summary>
internal static class BlockRules
{
    public static string? Groups(int cardinality, int baseWidth) =>
        cardinality < 1 ? $"a cardinality of {cardinality}; a convolution has at least one group"
        : baseWidth < 1 ? $"a base width of {baseWidth}; a group has at least one channel for 64 planes"
        : null;
}
