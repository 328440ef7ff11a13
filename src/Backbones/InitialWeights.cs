using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Backbones;

/// <summary>
/// The weights that a network starts with: the best public ones, those that are named, or fresh ones. A network is untrained
/// only where <see cref="Fresh"/> asks for it.
/// </summary>
public sealed record InitialWeights
{
    private InitialWeights()
    {
    }

    /// <summary>
    /// The weights that a package brings, otherwise the most accurate of <see cref="PretrainedWeights"/>: from the cache, otherwise
    /// downloaded. The same on every machine, whatever else is in its cache.
    /// </summary>
    public static InitialWeights Best { get; } = new();

    /// <summary>Random ones: He's normal initialization (arXiv:1502.01852), from torch's generator.</summary>
    public static InitialWeights Fresh { get; } = new() { IsFresh = true };

    /// <summary>Whether the network is untrained.</summary>
    public bool IsFresh { get; private init; }

    /// <summary>The file or set that was named; null for <see cref="Best"/> and <see cref="Fresh"/>.</summary>
    public string? Name { get; private init; }

    /// <summary>Weights of a file or a public set.</summary>
    /// <param name="weights">
    /// A file that <see cref="WeightsFile"/> reads, which goes first, or the name of <see cref="PretrainedWeights"/>.
    /// </param>
    public static InitialWeights Named(string weights)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(weights);
        return new InitialWeights { Name = weights };
    }

    /// <inheritdoc cref="Named"/>
    public static implicit operator InitialWeights(string weights) => Named(weights);

    /// <summary>The public set that these are for an architecture; null where they are fresh, or come from a package or a file.</summary>
    /// <exception cref="ArgumentException">There is no such set for it; the message offers others.</exception>
    /// <exception cref="WeightsUnavailableException">It has no public weights at all; the message says what to do.</exception>
    public PretrainedWeights? FindPretrained(BackboneSpec spec)
    {
        if (IsFresh) return null;
        if (Name is not null) return PretrainedWeights.Resolve(Name, spec);
        if (PackagedWeights.Origin(spec) is not null) return null;
        return PretrainedWeights.For(spec) is [PretrainedWeights best, ..]
            ? best
            : throw new WeightsUnavailableException(
                $"There are no public weights for '{spec.Name}'. Pass a weights file, or InitialWeights.Fresh for random weights.",
                spec.Name);
    }

    /// <summary>Reads those of a package or a file; null for fresh ones.</summary>
    internal WeightSet? Read(BackboneSpec spec) => IsFresh ? null : Name is null ? PackagedWeights.Load(spec) : WeightsFile.Load(Name);

    /// <summary>The file of a public set, which is downloaded unless it is in the cache.</summary>
    /// <exception cref="WeightsUnavailableException">It cannot be downloaded.</exception>
    internal static async Task<string> DownloadAsync(
        PretrainedWeights set, InitialWeights weights, BackboneSpec spec, IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            using var hub = new WeightsHub();
            return await hub.DownloadAsync(set, progress, cancellationToken);
        }
        catch (IOException e)
        {
            string others = weights.Name is null
                ? $" They are the best public weights of '{spec.Name}'; pass others, such as a file, or InitialWeights.Fresh."
                : "";
            throw new WeightsUnavailableException(e.Message + others, spec.Name, set, e);
        }
    }
}
