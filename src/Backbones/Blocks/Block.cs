namespace ResNetMLNet.Backbones.Blocks;

/// <summary>
/// What a stage is made of. A kind of block has only the choices that apply to it. A block of your own is a record with its choices, and a
/// <see cref="Layer"/> that <see cref="Create"/> makes of them: it trains, exports, is quantized and counted like those of the catalog.
/// </summary>
public abstract record Block
{
    /// <summary>For blocks of your own too.</summary>
    protected Block()
    {
    }

    /// <summary>Channels that a block gives, in multiples of its stage's planes.</summary>
    public abstract int Expansion { get; }

    /// <summary>Channels of a stage's 3x3 convolutions.</summary>
    protected internal virtual int Width(int planes) => planes;

    /// <summary>
    /// What makes no sense in this block, as the end of a sentence that starts with "Backbone 'x' has"; null where all does.
    /// </summary>
    /// <param name="planes">Planes of a stage.</param>
    protected internal virtual string? Problem(int planes) => null;

    /// <summary>Makes one block: [N, InChannels, H, W] -> [N, Planes * Expansion, H/Stride, W/Stride].</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="shortcut">
    /// Gives the block's input the shape of its output; an <see cref="Identity"/> where it has that shape. The block runs it, and keeps it in
    /// a field of the name <c>downsample</c> where PyTorch's names are to fit.
    /// </param>
    /// <param name="make">Makes the modules.</param>
    protected internal abstract Layer Create(BlockPlace place, Layer shortcut, LayerFactory make);
}

/// <summary>Where a block stands.</summary>
/// <param name="InChannels">Channels of its input.</param>
/// <param name="Planes">Planes of its stage: its output has <see cref="Block.Expansion"/> times as many channels.</param>
/// <param name="Stride">The stride that it has to make, 1 or 2.</param>
public readonly record struct BlockPlace(int InChannels, int Planes, int Stride);
