namespace ResNetMLNet.Backbones;

/// <summary>What the types of a spec cannot forbid.</summary>
internal static class SpecRules
{
    public static void Check(BackboneSpec spec)
    {
        foreach (int depth in spec.Depths.ToArray())
            Require(depth >= 1, spec, $"a stage of {depth} blocks in depths {spec.Depths}; each stage needs at least one");
        Require(spec.Planes >= 1, spec, $"{spec.Planes} planes; it needs at least one");
        Require(spec.Block.Problem is null, spec, spec.Block.Problem!);
        Require(spec.Block.Width(spec.Planes) >= 1, spec, $"{spec.Planes} planes and blocks of {spec.Block}, which leaves no channel; use more planes or a larger base width");
        Require(spec.Stem.Channels >= 1, spec, $"a stem of {spec.Stem.Channels} channels; it needs at least one");
        Require(spec.Classes >= 0, spec, $"{spec.Classes} classes; 0 means no classifier");
    }

    private static void Require(bool holds, BackboneSpec spec, string problem)
    {
        if (!holds) throw new ArgumentException($"Backbone '{spec.Name}' has {problem}.");
    }
}
