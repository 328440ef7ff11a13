using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Downloads pretrained weights with a progress bar on standard error.</summary>
internal static class WeightsDownloads
{
    /// <summary>Brings public weights into the cache before they are needed; for others it does nothing.</summary>
    public static async Task EnsureAsync(string backbone, InitialWeights weights, CancellationToken cancellationToken)
    {
        if (weights.FindPretrained(BackboneRegistry.Find(backbone)) is PretrainedWeights set) await GetAsync(set, cancellationToken);
    }

    /// <summary>The path of the weights' file.</summary>
    public static async Task<string> GetAsync(PretrainedWeights weights, CancellationToken cancellationToken)
    {
        using var hub = new WeightsHub();
        if (hub.FindCached(weights) is string cached) return cached;
        using var progress = new TerminalProgress();
        return await hub.DownloadAsync(weights, new Report(weights.Name, progress), cancellationToken);
    }

    private sealed class Report(string name, TerminalProgress progress) : IProgress<DownloadProgress>
    {
        void IProgress<DownloadProgress>.Report(DownloadProgress value) => progress.Report(new WeightsDownload(name, value));
    }
}
