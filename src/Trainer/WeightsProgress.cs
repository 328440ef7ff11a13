using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using Spectre.Console;

namespace ResNetMLNet.Trainer;

/// <summary>Downloads pretrained weights with a progress bar on standard error.</summary>
internal static class WeightsProgress
{
    /// <summary>Brings public weights into the cache before they are needed; for others it does nothing.</summary>
    /// <exception cref="ArgumentException">There are no such weights; the message offers others.</exception>
    /// <exception cref="IOException">There are none for the backbone, or they cannot be downloaded; the message says what to do.</exception>
    public static async Task EnsureAsync(string backbone, InitialWeights weights, CancellationToken cancellationToken)
    {
        if (weights.FindPretrained(BackboneRegistry.Find(backbone)) is not PretrainedWeights pretrained) return;
        try
        {
            await DownloadAsync(pretrained, cancellationToken);
        }
        catch (IOException e) when (weights == InitialWeights.Best)
        {
            throw new IOException(
                $"{e.Message} '{pretrained.Name}' are the best public weights of '{backbone}'. Others: a file, the backbone resnet18_mlnet, whose weights come with " +
                "the program, or fresh ones with --fresh.", e);
        }
    }

    /// <summary>The path of the weights' file.</summary>
    public static async Task<string> DownloadAsync(PretrainedWeights weights, CancellationToken cancellationToken)
    {
        using var hub = new WeightsHub();
        return hub.FindCached(weights) ?? await Terminal.Messages.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => hub.DownloadAsync(weights, new Bar(context.AddTask(Markup.Escape(Terminal.Visible(weights.Name)))), cancellationToken));
    }

    private sealed class Bar(ProgressTask task) : IProgress<DownloadProgress>
    {
        private readonly string name = task.Description;

        public void Report(DownloadProgress value)
        {
            task.Description = value.IsWaiting ? $"{name}, which another process is downloading" : name;
            if (value.IsWaiting) return;
            Interruption.Kept = value.Received > 0 && value.Received != value.Total
                ? "; what has come of the download is kept, and the next one goes on from there."
                : null;
            task.MaxValue(value.Total ?? value.Received);
            task.Value(value.Received);
        }
    }
}
