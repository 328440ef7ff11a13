namespace ResNetMLNet.Backbones.Attention;

/// <summary>What weighs the channels of a block's output, after its last batch norm.</summary>
public abstract record ChannelAttention
{
    private protected ChannelAttention()
    {
    }

    internal abstract Layer Create(int channels, LayerFactory make);
}
