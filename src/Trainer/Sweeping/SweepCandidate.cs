using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Trainer;

/// <summary>A backbone to try, and its weights.</summary>
/// <param name="Name">What the user named it by; the run's folder too.</param>
/// <param name="Backbone">A name of the catalog.</param>
/// <param name="Weights">What it starts with.</param>
public sealed record SweepCandidate(string Name, string Backbone, InitialWeights Weights)
{
    /// <summary>Reads a name.</summary>
    /// <param name="text">A backbone, a set of weights (<c>resnet50d.ra2_in1k</c>), or <c>BACKBONE=FILE</c>.</param>
    /// <param name="unnamed">The weights of a backbone that is named without any; null are the best public ones.</param>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="TrainingException">Weights are named, and all backbones are to start from fresh ones.</exception>
    public static SweepCandidate Parse(string text, InitialWeights? unnamed = null)
    {
        unnamed ??= InitialWeights.Best;
        SweepCandidate candidate = WithWeights(text) ?? new SweepCandidate(text, BackboneRegistry.Find(text).Name, unnamed);
        return unnamed.IsFresh && !candidate.Weights.IsFresh
            ? throw new TrainingException(
                $"'{text}' names weights, and all backbones are to start from random ones. Leave one of them out.")
            : candidate;
    }

    private static SweepCandidate? WithWeights(string text)
    {
        if (text.Split('=', 2) is [string given, string file])
            return new SweepCandidate(given, BackboneRegistry.Find(given).Name, InitialWeights.Named(file));
        if (!text.Contains('.', StringComparison.Ordinal)) return null;
        var named = PretrainedWeights.Find(text);
        return new SweepCandidate(text, named.Architecture, InitialWeights.Named(text));
    }
}
