namespace ResNetMLNet.Backbones.Attention;

/// <summary>What weighs the channels of a block's output, after its last batch norm.</summary>
public abstract record ChannelAttention
{
    private protected ChannelAttention()
    {
    }

    internal abstract Layer Create(int channels, LayerFactory make);
}

/// <summary>How many channels a small layer gets that is sized as a part of a large one.</summary>
internal static class ReducedChannels
{
    /// <summary>The multiple of <paramref name="divisor"/> nearest to <paramref name="channels"/>, at least <paramref name="minimum"/>; the next one up where it falls below nine tenths and <paramref name="keepNineTenths"/>.</summary>
    public static int Round(double channels, int divisor, int minimum, bool keepNineTenths)
    {
        int rounded = Math.Max(minimum, (int)(channels + divisor / 2.0) / divisor * divisor);
        return keepNineTenths && rounded < 0.9 * channels ? rounded + divisor : rounded;
    }
}
