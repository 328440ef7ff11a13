namespace ResNetMLNet.Backbones.Blocks;

/// <summary>What a stage is made of. A kind of block has only the choices that apply to it.</summary>
public abstract record Block
{
    private protected Block()
    {
    }

    /// <summary>Channels that a block gives, in multiples of its stage's planes.</summary>
    public abstract int Expansion { get; }

    /// <summary>Channels of a stage's 3x3 convolutions.</summary>
    internal virtual int Width(int planes) => planes;

    /// <summary>
    /// What makes no sense in this block, as the end of a sentence that starts with "Backbone 'x' has"; null where all does.
    /// </summary>
    /// <param name="planes">Planes of a stage.</param>
    internal virtual string? Problem(int planes) => null;

    internal abstract Layer Create(BlockPlace place, Layer shortcut, LayerFactory make);
}

/// <summary>Where a block stands: what it gets, the planes of its stage, and the stride that it has to make.</summary>
internal readonly record struct BlockPlace(int InChannels, int Planes, int Stride);
