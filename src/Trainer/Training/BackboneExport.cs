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
    public static Backbone Create(BackboneSpec spec, InitialWeights weights, int seed, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        torch.manual_seed(seed);
        Download(spec, weights, progress, cancellationToken);
        return BackboneRegistry.Create(spec.Name, weights, classes: 0);
    }

    /// <summary>Writes the network, and reports which it is.</summary>
    public static void Write(Backbone backbone, int? imageSize, string path, IProgress<TrainingEvent>? progress)
    {
        OnnxExporter.Export(backbone, path, new OnnxExportOptions { ImageSize = imageSize });
        progress.Say($"Backbone: {backbone.Spec.Name}, weights: {backbone.WeightsOrigin}");
    }

    /// <summary>Brings public weights into the cache before they are needed; for others it does nothing.</summary>
    private static void Download(BackboneSpec spec, InitialWeights weights, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        if (weights.FindPretrained(spec) is not PretrainedWeights set) return;
        using var hub = new WeightsHub();
        if (hub.FindCached(set) is not null) return;
        try
        {
            hub.DownloadAsync(set, new Report(set.Name, progress), cancellationToken).GetAwaiter().GetResult();
        }
        catch (IOException e) when (weights == InitialWeights.Best)
        {
            throw new IOException(
                $"{e.Message} '{set.Name}' are the best public weights of '{spec.Name}'. Others: a file, the backbone resnet18_mlnet, whose weights come with " +
                "a package, or fresh ones.", e);
        }
    }

    // Progress<T> would report on another thread, and later.
    private sealed class Report(string name, IProgress<TrainingEvent>? progress) : IProgress<DownloadProgress>
    {
        void IProgress<DownloadProgress>.Report(DownloadProgress value) => progress?.Report(new WeightsDownload(name, value));
    }
}
