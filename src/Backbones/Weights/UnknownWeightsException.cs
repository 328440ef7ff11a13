namespace ResNetMLNet.Backbones.Weights;

/// <summary>No public weights have a name, or not for the network asked for; <see cref="PretrainedWeights.All"/> lists them.</summary>
public sealed class UnknownWeightsException : ArgumentException
{
    internal UnknownWeightsException(string problem, string name, IReadOnlyList<string> nearest)
        : base($"{problem} Did you mean {string.Join(" or ", nearest.Select(near => $"'{near}'"))}?")
    {
        Name = name;
        Nearest = nearest;
    }

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }

    /// <summary>The sets that may have been meant: of the network asked for, otherwise those spelled most like the name.</summary>
    public IReadOnlyList<string> Nearest { get; }
}
