using System.Globalization;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Shows on standard error what a training reports.</summary>
internal sealed class TerminalProgress : IProgress<TrainingEvent>, IDisposable
{
    private readonly Lock gate = new();
    private ProgressBar? bar;
    private TuningDisplay? tuning;
    private IDisposable? saving;

    public void Report(TrainingEvent value)
    {
        lock (gate)
        {
            if (value is not (WorkProgress or WeightsDownload)) EndBar();
            switch (value)
            {
                case WorkProgress work:
                    Show(work.What, work.What, work.Done, work.Total);
                    break;
                case WeightsDownload download:
                    Show(download);
                    break;
                case TrainingMessage { IsWarning: true } message:
                    Terminal.Warn(message.Text.Shown());
                    break;
                case TrainingMessage message:
                    Terminal.Say(message.Text.Shown());
                    break;
                case FoldersListed listed:
                    PassedOverLines.Say(listed.Entries);
                    break;
                case ImagesSkipped skipped:
                    ClassificationTables.WriteSkipped(skipped.Images);
                    break;
                case CacheUsed cache:
                    Terminal.SayFromCache(cache.Hits, cache.Images);
                    break;
                case OptimizationPhase phase:
                    Phase(phase.Running);
                    break;
                case StepRecord step:
                    (tuning ??= new TuningDisplay(step)).Step(step);
                    break;
                case TrainingEpoch epoch:
                    tuning?.Epoch(epoch);
                    break;
                case CheckpointSaved checkpoint:
                    Interruption.Kept = $"; what was trained is saved. {GoOn(checkpoint.Folder)}";
                    break;
                case FoldStarted fold:
                    Terminal.Say($"Fold {fold.Number}/{fold.Count}");
                    break;
                case SweepRunStarted started:
                    Terminal.Say($"[{started.Number}/{started.Count}] {started.Run.Name}{(started.Run.Done ? ", done before" : "")}");
                    Sweep(started.Number - 1, started.Count);
                    break;
                case SweepRunEnded ended:
                    if (ended.Metrics is not null) ProblemLines.Say(ended.Metrics);
                    if (ended.Run.Error is string error) Terminal.Say($"{ended.Run.Name}: {error}");
                    Sweep(ended.Done, ended.Count);
                    break;
            }
        }
    }

    /// <summary>How a training that was stopped goes on.</summary>
    public static string GoOn(string folder) => $"Go on with: {CommandText.Of("train", "--resume", folder)}";

    public void Dispose()
    {
        lock (gate)
        {
            EndBar();
            saving?.Dispose();
        }
    }

    private static void Sweep(int done, int count) =>
        Interruption.Kept = $"; {done} of {count} backbones are done. Run the same command again to go on.";

    private void Phase(bool running)
    {
        saving?.Dispose();
        saving = running ? Interruption.WhileSaving() : null;
        tuning = null;
    }

    private void Show(WeightsDownload download)
    {
        (string name, Backbones.Weights.DownloadProgress progress) = download;
        if (!progress.IsWaiting)
        {
            Interruption.Kept = progress.Received > 0 && progress.Received != progress.Total
                ? "; what has come of the download is kept, and the next one goes on from there."
                : null;
        }
        Show(name, progress.IsWaiting ? $"{name}, which another process is downloading" : name, progress.Received,
            progress.Total ?? progress.Received, bytes: true);
    }

    private void Show(string key, string text, long done, long total, bool bytes = false)
    {
        if (bar?.Key != key || (done == 0 && !bytes))
        {
            EndBar();
            bar = new ProgressBar(key, bytes);
        }
        bar.Show(text, done, total);
        if (done >= total && total > 0) EndBar();
    }

    private void EndBar()
    {
        bar?.Dispose();
        bar = null;
    }
}
