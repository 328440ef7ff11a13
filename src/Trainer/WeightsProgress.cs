using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using Spectre.Console;

namespace ResNetMLNet.Trainer;

/// <summary>Downloads pretrained weights with a progress bar on standard error.</summary>
internal static class WeightsProgress
{
    /// <summary>Brings weights that are named into the cache before they are needed; for a file, or none, it does nothing.</summary>
    public static async Task EnsureAsync(string backbone, string? weights, CancellationToken cancellationToken)
    {
        if (weights is not null && PretrainedWeights.Resolve(weights, BackboneRegistry.Find(backbone)) is PretrainedWeights pretrained)
            await DownloadAsync(pretrained, cancellationToken);
    }

    /// <summary>The path of the weights' file.</summary>
    public static async Task<string> DownloadAsync(PretrainedWeights weights, CancellationToken cancellationToken)
    {
        using var hub = new WeightsHub();
        return hub.FindCached(weights) ?? await Terminal.Messages.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => hub.DownloadAsync(weights, new Bar(context.AddTask(weights.Name)), cancellationToken));
    }

    private sealed class Bar(ProgressTask task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            task.MaxValue(value.Total ?? value.Received);
            task.Value(value.Received);
        }
    }
}
