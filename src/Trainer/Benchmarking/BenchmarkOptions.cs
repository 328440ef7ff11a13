using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is measured, and how.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>
    /// What the networks compute in; null is single precision for a backbone of the catalog, and what a file or model has. A file in single
    /// precision is quantized for <see cref="OnnxPrecision.Int8"/>; half precision only the export of a backbone gives.
    /// </summary>
    public IReadOnlyList<OnnxPrecision>? Precisions { get; init; }

    /// <summary>Images that go through the network at once, 1 to 1024 each.</summary>
    public IReadOnlyList<int> BatchSizes { get; init; } = [1, 8, 32];

    /// <summary>A folder of photos, of which 200 are taken; null makes some up, of 500 x 375 pixels.</summary>
    public string? Images { get; init; }

    /// <summary>How long each figure is measured, 1 minute at most.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Device, threads, decoding.</summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new();
}
