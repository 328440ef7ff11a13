using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;
using TorchSharp;

namespace ResNetMLNet.Trainer;

/// <summary>A backbone as it comes, as the network and as the file that features are made by.</summary>
internal static class BackboneExport
{
    /// <summary>Makes the network, without a classifier: a head is trained on its features.</summary>
    /// <exception cref="ArgumentException">There are no such weights.</exception>
    /// <exception cref="IOException">They cannot be downloaded; the message says what to do.</exception>
    public static Backbone Create(
        TrainingOptions options, InitialWeights weights, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        torch.manual_seed(options.Seed);
        var report = new DownloadReport(weights.Name ?? options.Spec?.Name ?? options.Backbone, progress);
        return options.Spec is null
            ? BackboneRegistry.Create(options.Backbone, weights, classes: 0, progress: report, cancellationToken: cancellationToken)
            : BackboneRegistry.Create(options.Spec with { Classes = 0 }, weights, progress: report, cancellationToken: cancellationToken);
    }

    /// <summary>Writes the network, and reports which it is.</summary>
    public static void Write(
        Backbone backbone, TrainingOptions options, string path, IProgress<TrainingEvent>? progress,
        OnnxPrecision precision = OnnxPrecision.Float32)
    {
        OnnxExporter.Export(backbone, path, new OnnxExportOptions
        {
            ImageSize = options.ImageSize,
            Resizing = options.Resizing,
            Precision = precision,
        });
        progress.Say($"Backbone: {backbone.Spec.Name}, weights: {backbone.WeightsOrigin}");
    }

    // Progress<T> would report on another thread, and later.
    private sealed class DownloadReport(string name, IProgress<TrainingEvent>? progress) : IProgress<DownloadProgress>
    {
        void IProgress<DownloadProgress>.Report(DownloadProgress value) => progress?.Report(new WeightsDownload(name, value));
    }
}
