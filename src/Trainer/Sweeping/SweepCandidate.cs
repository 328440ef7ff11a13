using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Trainer.Sweeping;

/// <summary>A backbone to try, and its weights.</summary>
/// <param name="Name">What the user named it by; the run's folder too.</param>
/// <param name="Backbone">A name of the catalog.</param>
/// <param name="Weights">What it starts with.</param>
internal sealed record SweepCandidate(string Name, string Backbone, InitialWeights Weights)
{
    /// <summary>Reads a name.</summary>
    /// <param name="text">A backbone, a set of weights (<c>resnet50d.ra2_in1k</c>), or <c>BACKBONE=FILE</c>.</param>
    /// <param name="unnamed">The weights of a backbone that is named without any.</param>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="UserException">Weights are named, and all backbones are to start from fresh ones.</exception>
    public static SweepCandidate Parse(string text, InitialWeights unnamed)
    {
        SweepCandidate candidate = Parse(text) ?? new SweepCandidate(text, BackboneRegistry.Find(text).Name, unnamed);
        return unnamed.IsFresh && !candidate.Weights.IsFresh
            ? throw new UserException($"--fresh and --tune scratch start from random weights, and '{text}' names others. Leave one of them out.")
            : candidate;
    }

    private static SweepCandidate? Parse(string text)
    {
        if (text.Split('=', 2) is [string given, string file]) return new SweepCandidate(given, BackboneRegistry.Find(given).Name, InitialWeights.Named(file));
        if (!text.Contains('.', StringComparison.Ordinal)) return null;
        var named = PretrainedWeights.Find(text);
        return new SweepCandidate(text, named.Architecture, InitialWeights.Named(text));
    }
}
