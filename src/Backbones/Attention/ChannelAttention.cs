namespace ResNetMLNet.Backbones.Attention;

/// <summary>What weighs the channels of a block's output, after its last batch norm. An attention of your own is a record like <see cref="Blocks.Block"/>.</summary>
public abstract record ChannelAttention
{
    /// <summary>For attention of your own too.</summary>
    protected ChannelAttention()
    {
    }

    /// <summary>Makes the layer, [N, C, H, W] -> [N, C, H, W].</summary>
    /// <param name="channels">Channels of the block's output, C.</param>
    /// <param name="make">Makes the modules.</param>
    protected internal abstract Layer Create(int channels, LayerFactory make);
}
