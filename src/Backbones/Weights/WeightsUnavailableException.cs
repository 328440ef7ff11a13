namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// A network has no public weights, or they are not in the cache and cannot be downloaded. No network is made of random ones instead.
/// </summary>
public sealed class WeightsUnavailableException : IOException
{
    internal WeightsUnavailableException(string message, string backbone, PretrainedWeights? weights = null,
        Exception? inner = null) : base(message, inner)
    {
        Backbone = backbone;
        Weights = weights;
    }

    /// <summary>The name of the network that was to get them.</summary>
    public string Backbone { get; }

    /// <summary>The weights that cannot be downloaded; null where there are none for the network.</summary>
    public PretrainedWeights? Weights { get; }
}
