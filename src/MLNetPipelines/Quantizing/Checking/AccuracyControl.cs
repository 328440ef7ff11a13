using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Quantizes a network and compares it with what it was. Where that costs too much, layers are put back to single precision, those first
/// whose rounding does most harm, until it does not.
/// </summary>
internal sealed class AccuracyControl(
    NetworkQuantizer quantizer, SourceNetwork source, ComparedClassifier? classifier, DecodedImages images, QuantizationOptions options,
    IProgress<QuantizationProgress>? progress, CancellationToken cancellationToken)
{
    private const int NamedLayers = 3;

    private readonly NetworkOutputs before = NetworkOutputs.Of(source.Model, source, images.Pixels, cancellationToken);

    /// <exception cref="InvalidDataException">No network with a layer in integers keeps within the limits.</exception>
    public ControlledNetwork Run()
    {
        ControlledNetwork all = Try([]);
        if (Holds(all)) return all;
        IReadOnlyList<(string Layer, double Error)> ranking =
            LayerErrors.Rank(quantizer, source, images.Pixels, progress, cancellationToken);
        for (int count = 1; count < ranking.Count; count += Math.Max(1, count / 3))
        {
            progress?.Report(new QuantizationProgress("Putting layers back to float", count, ranking.Count));
            ControlledNetwork candidate = Try([.. ranking.Take(count)]);
            if (Holds(candidate)) return candidate;
        }

        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
            $"'{source.Name}' cannot be quantized within the limits: with all layers in integers, {Figures(all)}, and putting layers " +
            $"back to float does not help. Those whose rounding does most harm are " +
            $"{string.Join(", ", ranking.Take(NamedLayers).Select(layer => $"'{DisplayText.Of(layer.Layer)}'"))}. Calibrate on more " +
            $"images of the kind that the network is used on, or allow more: MaxDrop is {options.MaxDrop}, " +
            $"MinCosine {options.MinCosine}."));
    }

    private ControlledNetwork Try(IReadOnlyList<(string Layer, double Error)> floats)
    {
        Dictionary<string, string> reasons = floats.ToDictionary(layer => layer.Layer, layer => string.Create(
            CultureInfo.InvariantCulture, $"rounding it alone takes {layer.Error:G2} off the cosine of the features"));
        QuantizedNetwork network = quantizer.Write(reasons);
        NetworkOutputs after = NetworkOutputs.Of(network.Model, source, images.Pixels, cancellationToken);
        var features = FeatureComparison.Of(before.Features, after.Features);
        ClassComparison? classes = classifier is null ? null : ClassComparison.Of(classifier, before, after, images.Labels);
        return new ControlledNetwork(
            network, features, classes, [.. floats.Select(layer => network.Floats.First(value => value.Name == layer.Layer))]);
    }

    private bool Holds(ControlledNetwork network) =>
        network.Features.Cosine >= options.MinCosine && (network.Classes?.Drop ?? 0) <= options.MaxDrop;

    private static string Figures(ControlledNetwork network)
    {
        string features = string.Create(CultureInfo.InvariantCulture, $"the features' cosine is {network.Features.Cosine:F4}");
        return network.Classes is { Before: double before, After: double after }
            ? string.Create(CultureInfo.InvariantCulture, $"{features} and accuracy {after:F3} after {before:F3}") : features;
    }
}

/// <summary>A quantized network that was compared with what it was.</summary>
/// <param name="Network">The network.</param>
/// <param name="Features">How near its features come.</param>
/// <param name="Classes">How its classes compare; null where there are none.</param>
/// <param name="FloatLayers">The layers that were put back.</param>
internal sealed record ControlledNetwork(
    QuantizedNetwork Network, FeatureComparison Features, ClassComparison? Classes, IReadOnlyList<FloatOperator> FloatLayers);
