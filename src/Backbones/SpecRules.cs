namespace ResNetMLNet.Backbones;

/// <summary>
/// What the types of a spec cannot forbid. What follows from a spec, such as channels that do not divide into groups, is refused by
/// <see cref="LayerFactory"/> and <see cref="Operators.ShapeRules"/>, which look at each layer as it is made and used.
/// </summary>
internal static class SpecRules
{
    private const int MostPlanes = 1 << 13;

    public static void Check(BackboneSpec spec)
    {
        foreach (int depth in spec.Depths.ToArray())
            Require(depth >= 1, spec, $"a stage of {depth} blocks in depths {spec.Depths}; each stage needs at least one");
        Require(spec.Planes >= 1, spec, $"{spec.Planes} planes; it needs at least one");
        Require(spec.Planes <= MostPlanes, spec, $"{spec.Planes} planes; the limit is {MostPlanes}");
        Require(spec.Block.Problem(spec.Planes) is null, spec, spec.Block.Problem(spec.Planes)!);
        Require(spec.Block.Width(spec.Planes) >= 1, spec,
            $"{spec.Planes} planes and blocks of {spec.Block}, which leaves no channel; use more planes or a larger base width");
        Require(spec.Stem.Channels >= 1, spec, $"a stem of {spec.Stem.Channels} channels; it needs at least one");
        CheckImageSize(spec, spec.Input.ImageSize);
        Require(spec.Classes >= 0, spec, $"{spec.Classes} classes; 0 means no classifier");
    }

    /// <exception cref="ArgumentException">An image of that size has no position left in the last stage.</exception>
    public static void CheckImageSize(BackboneSpec spec, long size)
    {
        if (size >= spec.OutputStride) return;
        string stem = spec.Stem.KeepsSize ? "" : ", or a stem for small images such as Stem.Small(64)";
        throw new ArgumentException(
            $"An image size of {size} pixels is too small for backbone '{spec.Name}', whose stem and stages divide it by " +
            $"{spec.OutputStride}. " +
            $"Use at least {spec.OutputStride} pixels{stem}.");
    }

    /// <exception cref="ArgumentException">It does not hold.</exception>
    public static void Require(bool holds, string name, string problem)
    {
        if (!holds) throw new ArgumentException($"Backbone '{name}' has {problem}.");
    }

    private static void Require(bool holds, BackboneSpec spec, string problem) => Require(holds, spec.Name, problem);
}
