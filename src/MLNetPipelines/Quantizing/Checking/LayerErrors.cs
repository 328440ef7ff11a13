namespace ResNetMLNet.MLNetPipelines;

/// <summary>Which layers do most harm when they are rounded: each is rounded alone, all else in single precision.</summary>
internal static class LayerErrors
{
    // Enough to tell layers apart.
    private const int Images = 16;

    /// <returns>The layers and what rounding each takes off the mean cosine of the features, the worst first.</returns>
    public static IReadOnlyList<(string Layer, double Error)> Rank(
        NetworkQuantizer quantizer, SourceNetwork source, IReadOnlyList<byte[]> images, IProgress<QuantizationProgress>? progress,
        CancellationToken cancellationToken)
    {
        byte[][] few = [.. images.Take(Images)];
        NetworkOutputs before = NetworkOutputs.Of(source.Model, source, few, cancellationToken);
        List<(string Layer, double Error)> errors = [];
        foreach (string layer in quantizer.Layers)
        {
            progress?.Report(new QuantizationProgress("Ranking layers", errors.Count, quantizer.Layers.Count));
            NetworkOutputs after = NetworkOutputs.Of(quantizer.WriteOnly(layer).Model, source, few, cancellationToken);
            errors.Add((layer, 1 - FeatureComparison.Of(before.Features, after.Features).Cosine));
        }

        return [.. errors.OrderByDescending(layer => layer.Error)];
    }
}
