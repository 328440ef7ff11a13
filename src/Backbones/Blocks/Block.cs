namespace ResNetMLNet.Backbones.Blocks;

/// <summary>What a stage is made of. A kind of block has only the choices that apply to it.</summary>
public abstract record Block
{
    private protected Block()
    {
    }

    /// <summary>Channels that a block gives, in multiples of its stage's planes.</summary>
    public abstract int Expansion { get; }

    internal abstract Layer Create(BlockPlace place, Layer shortcut, LayerFactory make);
}

/// <summary>Where a block stands: what it gets, the planes of its stage, and the stride that it has to make.</summary>
internal readonly record struct BlockPlace(int InChannels, int Planes, int Stride);
