using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Trainer.Sweeping;

/// <summary>A backbone to try, and its weights.</summary>
/// <param name="Name">What the user named it by; the run's folder too.</param>
/// <param name="Backbone">A name of the catalog.</param>
/// <param name="Weights">What <c>--weights</c> takes; null for those of a package, or fresh ones.</param>
/// <param name="Refusal">Why it cannot be tried, as a whole sentence; null where it can.</param>
internal sealed record SweepCandidate(string Name, string Backbone, string? Weights, string? Refusal = null)
{
    /// <summary>Reads a name.</summary>
    /// <param name="text">A backbone, a set of weights (<c>resnet50d.ra2_in1k</c>), or <c>BACKBONE=FILE</c>.</param>
    /// <param name="fresh">Whether untrained weights will do where none are on this machine.</param>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    public static SweepCandidate Parse(string text, bool fresh)
    {
        if (text.Split('=', 2) is [string given, string file])
        {
            BackboneRegistry.Find(given);
            return new SweepCandidate(given, given, file);
        }

        if (text.Contains('.', StringComparison.Ordinal))
        {
            var named = PretrainedWeights.Find(text);
            return new SweepCandidate(text, named.Architecture, text);
        }

        BackboneSpec spec = BackboneRegistry.Find(text);
        if (PackagedWeights.Origin(spec) is not null) return new SweepCandidate(text, text, null);
        using var hub = new WeightsHub();
        PretrainedWeights[] known = [.. PretrainedWeights.For(spec)];
        PretrainedWeights? best = Array.Find(known, set => hub.FindCached(set) is not null) ?? (fresh ? null : known.ElementAtOrDefault(0));
        if (best is not null) return new SweepCandidate(text, text, best.Name);
        return new SweepCandidate(text, text, null, fresh
            ? null
            : $"There are no public weights for '{text}'. Give a file as {text}=FILE, or let it start untrained with --fresh.");
    }
}
