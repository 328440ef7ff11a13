namespace ResNetMLNet.Backbones;

/// <summary>The catalog has no network of a name; <see cref="BackboneRegistry.All"/> lists those that it has.</summary>
public sealed class UnknownBackboneException : ArgumentException
{
    internal UnknownBackboneException(string name, string nearest) : base(
        $"Unknown backbone '{DisplayText.Of(name)}'. Did you mean '{nearest}'?")
    {
        Name = name;
        Nearest = nearest;
    }

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }

    /// <summary>The catalog's name that is spelled most like it.</summary>
    public string Nearest { get; }
}
