using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Downloads pretrained weights with a progress bar on standard error.</summary>
internal static class WeightsDownloads
{
    /// <summary>Shows the download of weights that a backbone is made with.</summary>
    public static IProgress<DownloadProgress> Show(string name, TerminalProgress progress) => new Report(name, progress);

    /// <summary>The path of the weights' file.</summary>
    public static async Task<string> GetAsync(PretrainedWeights weights, CancellationToken cancellationToken)
    {
        using var hub = new WeightsHub();
        if (hub.FindCached(weights) is string cached) return cached;
        using var progress = new TerminalProgress();
        return await hub.DownloadAsync(weights, Show(weights.Name, progress), cancellationToken);
    }

    private sealed class Report(string name, TerminalProgress progress) : IProgress<DownloadProgress>
    {
        void IProgress<DownloadProgress>.Report(DownloadProgress value) => progress.Report(new WeightsDownload(name, value));
    }
}
