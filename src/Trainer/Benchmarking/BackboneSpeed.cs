using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How fast a backbone is in one precision and batch size, on this machine.</summary>
/// <param name="Model">What was asked for: a name of the catalog, or a path.</param>
/// <param name="Precision"><c>float32</c>, <c>half</c> or <c>int8</c>.</param>
/// <param name="Device">Where it ran, in a readable line.</param>
/// <param name="MultiplyAccumulates">Of the network for one image.</param>
/// <param name="PartOfPeak">The network's multiply-accumulates a second as a part of <see cref="MachinePeak"/>'s.</param>
/// <param name="Speed">The figures.</param>
public sealed record BackboneSpeed(
    string Model, string Precision, string Device, long MultiplyAccumulates, double PartOfPeak, FeaturizerSpeed Speed);
