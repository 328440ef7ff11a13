using System.Diagnostics;
using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Sweeping;

/// <summary>Trains on one backbone after another within a time, and measures how fast each is.</summary>
internal sealed record Sweep
{
    /// <summary>Small to large, so that a short time tries the fast ones.</summary>
    public const string DefaultBackbones = "resnet10t,resnet18_mlnet,resnet26d,resnet50d,resnext50_32x4d,resnest50d";

    private const int TimedImages = 48;

    public required IReadOnlyList<SweepCandidate> Candidates { get; init; }

    /// <summary>What is asked for of a backbone with its weights.</summary>
    public required Func<SweepCandidate, TrainingRequest> Request { get; init; }

    /// <summary>Trains a head, or more.</summary>
    public Func<TrainingRequest, ResultFolder, CancellationToken, Metrics> Training { get; init; } = HeadTraining.Run;

    /// <summary>A folder in it is written for each backbone.</summary>
    public required string Output { get; init; }

    public required bool Overwrite { get; init; }

    /// <summary>For all together.</summary>
    public required TimeSpan Limit { get; init; }

    /// <summary>Tries them; one that fails says why in its result and stops no other.</summary>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    public async Task<IReadOnlyList<SweepRun>> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var runs = new List<SweepRun>();
        foreach ((int i, SweepCandidate candidate) in Candidates.Index())
        {
            Terminal.Say($"[{i + 1}/{Candidates.Count}] {candidate.Name}");
            SweepRun run = await TryAsync(candidate, Limit - clock.Elapsed, cancellationToken);
            if (run.Error is not null) Terminal.Say($"{candidate.Name}: {run.Error}");
            runs.Add(run);
        }
        return SweepRun.WithParetoFront(runs);
    }

    private async Task<SweepRun> TryAsync(SweepCandidate candidate, TimeSpan left, CancellationToken cancellationToken)
    {
        var failed = new SweepRun { Name = candidate.Name, Backbone = candidate.Backbone };
        string minutes = string.Create(CultureInfo.InvariantCulture, $"{Limit.TotalMinutes:0.####} minutes of --max-minutes");
        if (left <= TimeSpan.Zero) return failed with { Error = $"Not tried: the {minutes} were over." };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(left);
        try
        {
            await WeightsProgress.EnsureAsync(candidate.Backbone, candidate.Weights, limited.Token);
            return await Task.Run(() => Train(candidate, limited.Token), limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return failed with { Error = $"Stopped: the {minutes} were over." };
        }
        catch (Exception e) when (Runner.IsExplained(e))
        {
            return failed with { Error = e.Message };
        }
    }

    private SweepRun Train(SweepCandidate candidate, CancellationToken cancellationToken)
    {
        TrainingRequest request = Request(candidate);
        string folder = Path.Combine(Output, candidate.Name);
        Metrics metrics;
        using (var results = new ResultFolder(folder, Overwrite)) metrics = Training(request, results, cancellationToken);
        ProblemLines.Say(metrics);
        string backbone = Path.Combine(folder, ResultFolder.Backbone);
        return new SweepRun
        {
            Name = candidate.Name,
            Backbone = candidate.Backbone,
            Weights = metrics.Weights,
            Folder = folder,
            Accuracy = metrics.Accuracy,
            Interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages),
            LogLoss = metrics.LogLoss,
            Problems = metrics.Problems,
            ImagesPerSecond = ImagesPerSecond(backbone, request, cancellationToken),
            FileBytes = new FileInfo(backbone).Length,
            Seconds = metrics.Seconds,
        };
    }

    // The training's own time says little: features may have come from the cache.
    private static double ImagesPerSecond(string backbone, TrainingRequest request, CancellationToken cancellationToken)
    {
        using var featurizer = ImageFeaturizer.Open(backbone, request.Featurizing with { Cache = null });
        string[] images = [.. ImageFolder.List(request.Folder).Take(TimedImages).Select(image => image.ImagePath)];
        _ = featurizer.Featurize(images.Take(featurizer.BatchSize), cancellationToken).Count(); // the first batch makes the network's plans
        var clock = Stopwatch.StartNew();
        int count = featurizer.Featurize(images, cancellationToken).Count();
        return Math.Round(count / clock.Elapsed.TotalSeconds, 1);
    }
}
