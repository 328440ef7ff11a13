using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>A folder in it is written for each backbone, and <see cref="SweepFile"/>.</summary>
    public required string Output { get; init; }

    /// <summary>Whether an earlier sweep in the folder is replaced, not gone on with.</summary>
    public required bool Overwrite { get; init; }

    /// <summary>For all together.</summary>
    public required TimeSpan Limit { get; init; }

    /// <summary>What besides the backbone and the images decides a result, as it is written on the command line.</summary>
    public required string Settings { get; init; }

    /// <summary>
    /// Tries them; one that fails says why in its result and stops no other. What an earlier sweep in the folder has done with the same settings and
    /// images is kept. The file of the sweep is true at every moment.
    /// </summary>
    /// <exception cref="UserException">The earlier sweep had other settings or images, or another one is under way there.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    public async Task<IReadOnlyList<SweepRun>> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        string data = Fingerprint();
        using SweepFile file = SweepFile.Open(Output);
        IReadOnlyList<SweepRun> earlier = Overwrite ? [] : file.Read(Settings, data);
        SweepRun[] runs = [.. Candidates.Select(candidate => earlier.FirstOrDefault(run => run.Name == candidate.Name && run.HasModel)
            ?? new SweepRun { Name = candidate.Name, Backbone = candidate.Backbone, Settings = Settings, Data = data, Error = "Not done yet." })];
        HashSet<string> replaceable = [.. earlier.Select(run => run.Name)];
        try
        {
            Write();
            foreach ((int i, SweepCandidate candidate) in Candidates.Index())
            {
                Terminal.Say($"[{i + 1}/{Candidates.Count}] {candidate.Name}{(runs[i].Done ? ", done before" : "")}");
                if (runs[i].Done) continue;
                runs[i] = await TryAsync(runs[i], candidate, Overwrite || replaceable.Contains(candidate.Name), Limit - clock.Elapsed, cancellationToken);
                if (runs[i].Error is string error) Terminal.Say($"{candidate.Name}: {error}");
                Write();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Write(); // a training that was stopped has said how it goes on, and as part of a sweep it goes on with that
            throw new OperationCanceledException(cancellationToken);
        }
        return SweepRun.WithParetoFront(runs);

        void Write()
        {
            file.Write(SweepRun.WithParetoFront(runs));
            Interruption.Kept = $"; {runs.Count(run => run.Done)} of {runs.Length} backbones are done. Run the same command again to go on.";
        }
    }

    /// <summary>Paths in their folders, classes and sizes: where the same files lie does not matter.</summary>
    private string Fingerprint()
    {
        TrainingRequest request = Request(Candidates[0]);
        TrainingImages images = TrainingImages.Of(request); // what is wrong with the folder is wrong for every backbone
        var text = new StringBuilder();
        foreach (LabeledImage image in images.Train) Add(request.Folder, image);
        foreach (LabeledImage image in images.Validation ?? []) Add(request.Validation ?? request.Folder, image);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        void Add(string folder, LabeledImage image) => text.Append(CultureInfo.InvariantCulture,
            $"{Path.GetRelativePath(folder, image.ImagePath).Replace(Path.DirectorySeparatorChar, '/')}\0{image.Label}\0{new FileInfo(image.ImagePath).Length}\n");
    }

    private async Task<SweepRun> TryAsync(SweepRun failed, SweepCandidate candidate, bool overwrite, TimeSpan left, CancellationToken cancellationToken)
    {
        string minutes = string.Create(CultureInfo.InvariantCulture, $"{Limit.TotalMinutes:0.####} minutes of --max-minutes");
        if (left <= TimeSpan.Zero) return failed with { Error = $"Not tried: the {minutes} were over." };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(left);
        try
        {
            await WeightsProgress.EnsureAsync(candidate.Backbone, candidate.Weights, limited.Token);
            return await Task.Run(() => Train(failed, candidate, overwrite, limited.Token), limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return failed with { Error = $"Stopped: the {minutes} were over." };
        }
        catch (Exception e) when (Runner.IsExplained(Runner.Cause(e)))
        {
            return failed with { Error = Runner.Message(Runner.Cause(e)) };
        }
    }

    private SweepRun Train(SweepRun run, SweepCandidate candidate, bool overwrite, CancellationToken cancellationToken)
    {
        TrainingRequest request = Request(candidate);
        string folder = Path.Combine(Output, candidate.Name);
        Metrics metrics;
        using (var results = new ResultFolder(folder, overwrite)) metrics = Training(request, results, cancellationToken);
        ProblemLines.Say(metrics);
        string backbone = Path.Combine(folder, ResultFolder.Backbone);
        return run with
        {
            Error = null,
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
