using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Trains on one backbone after another within a time, and measures how accurate, fast and small each is.</summary>
public static class BackboneSweep
{
    /// <summary>Tries the backbones on another thread.</summary>
    /// <inheritdoc cref="Run"/>
    public static Task<IReadOnlyList<SweepRun>> RunAsync(
        ImageDataSet data, SweepOptions options, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Run(data, options, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Tries the backbones; one that fails says why in its run and stops no other. What an earlier sweep in the folder has done with the
    /// same settings and images is kept. The file of the sweep, <c>sweep.json</c>, is true at every moment.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="options">Which backbones, and how they are trained.</param>
    /// <param name="progress">Hears of the sweep and of each training.</param>
    /// <param name="cancellationToken">Stops it; the same call goes on from there.</param>
    /// <exception cref="TrainingException">The earlier sweep had other settings or images, or another one is under way there.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    public static IReadOnlyList<SweepRun> Run(
        ImageDataSet data, SweepOptions options, IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ImageDataSet resolved = data.Resolved(progress);
        if (resolved.Folder is not null) OutputPlace.RequireOutside(options.ResultFolder, resolved.Folder, resolved.ValidationFolder);
        return new Sweep(resolved, options, progress).Run(cancellationToken);
    }
}

/// <summary>Which backbones a sweep tries, and how.</summary>
public sealed record SweepOptions
{
    /// <summary>The backbones that are tried where none are named: small to large, so that a short time tries the fast ones.</summary>
    public static IReadOnlyList<string> DefaultBackbones { get; } = ["resnet10t", "resnet18_mlnet", "resnet26d", "resnet50d",
        "resnext50_32x4d", "resnest50d"];

    /// <summary>The backbones, in the order to try them.</summary>
    public IReadOnlyList<SweepCandidate> Candidates { get; init; } = [.. DefaultBackbones.Select(name => SweepCandidate.Parse(name))];

    /// <summary>How each is trained; backbone, weights and folder are each candidate's own.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>A folder in it is written for each backbone, and <c>sweep.json</c>.</summary>
    public required string ResultFolder { get; init; }

    /// <summary>Whether an earlier sweep in the folder is replaced; otherwise it is gone on with.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The time for all backbones together; those that are not done by then are listed as such.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What a run says of a failure; null for a bug, which ends the sweep.</summary>
    public Func<Exception, string?> Explain { get; init; } = failure => ExplainedErrors.Of(failure);
}

/// <summary>A sweep under way.</summary>
internal sealed class Sweep(ImageDataSet data, SweepOptions options, IProgress<TrainingEvent>? progress)
{
    private const int TimedImages = 48;

    public IReadOnlyList<SweepRun> Run(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        if (options.Candidates.Count == 0)
            throw new TrainingException($"{new Setting(nameof(options.Candidates))} is empty. `models` lists the backbones.");
        if (options.Candidates.CountBy(candidate => candidate.Name).FirstOrDefault(entry => entry.Value > 1) is { Key: string twice })
            throw new TrainingException($"{new Setting(nameof(options.Candidates))} names '{twice}' twice.");
        var job = new TrainingJob(data, options.Training, progress);
        job.Check();
        string fingerprint = Fingerprint(job), settings = Settings();
        using SweepFile file = SweepFile.Open(options.ResultFolder);
        IReadOnlyList<SweepRun> earlier = options.Overwrite ? [] : file.Read(settings, fingerprint);
        SweepRun[] runs = [.. options.Candidates.Select(candidate => earlier.FirstOrDefault(
            run => run.Name == candidate.Name && run.HasModel)
            ?? new SweepRun { Name = candidate.Name, Backbone = candidate.Backbone, Settings = settings, Data = fingerprint,
                Error = "Not done yet." })];
        HashSet<string> replaceable = [.. earlier.Select(run => run.Name)];
        try
        {
            Write();
            foreach ((int i, SweepCandidate candidate) in options.Candidates.Index())
            {
                progress?.Report(new SweepRunStarted(i + 1, runs.Length, runs[i]));
                if (runs[i].Done) continue;
                (runs[i], Metrics? metrics) = Try(runs[i], candidate, options.Overwrite
                    || replaceable.Contains(candidate.Name), options.TimeLimit - clock.Elapsed, cancellationToken);
                Write();
                progress?.Report(new SweepRunEnded(runs[i], metrics, runs.Count(run => run.Done), runs.Length));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Write(); // a training that was stopped has said how it goes on, and as part of a sweep it goes on with that
            throw new OperationCanceledException(cancellationToken);
        }
        return SweepRun.WithParetoFront(runs);

        void Write() => file.Write(SweepRun.WithParetoFront(runs));
    }

    /// <summary>What besides the backbone and the images decides a result.</summary>
    private string Settings()
    {
        TrainingOptions training = options.Training;
        Recipe usual = Recipe.For(training.Tune);
        return string.Join(", ",
        [
            $"{nameof(training.Seed)} {training.Seed}",
            $"{nameof(training.Head.ClassWeights)} {(training.Head.ClassWeights == ClassWeights.Balanced ? "balanced" : "none")}",
            $"{nameof(training.Tune)} {RecipeSettings.Text(training.Tune)}",
            .. training.Weights?.IsFresh == true ? (string[])["fresh weights"] : [],
            .. RecipeSettings.Differences(training.Recipe ?? usual, usual).Select(setting => $"{setting.Name} {setting.Value}"),
        ]);
    }

    /// <summary>Paths in their folders, classes and sizes: where the same files lie does not matter.</summary>
    private string Fingerprint(TrainingJob job)
    {
        TrainingImages images = TrainingImages.Of(job); // what is wrong with the data is wrong for every backbone
        var text = new StringBuilder();
        foreach (LabeledImage image in images.Train) Add(image, validated: false);
        foreach (LabeledImage image in images.Validation ?? []) Add(image, validated: true);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        void Add(LabeledImage image, bool validated) => text.Append(CultureInfo.InvariantCulture,
            $"{data.PlaceOf(image.ImagePath, validated)}\0{image.Label}\0{new FileInfo(image.ImagePath).Length}\n");
    }

    private (SweepRun Run, Metrics? Metrics) Try(
        SweepRun failed, SweepCandidate candidate, bool overwrite, TimeSpan left, CancellationToken cancellationToken)
    {
        string minutes = string.Create(CultureInfo.InvariantCulture, $"{options.TimeLimit.TotalMinutes:0.####} minutes of the sweep");
        if (left <= TimeSpan.Zero) return (failed with { Error = $"Not tried: the {minutes} were over." }, null);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(left);
        try
        {
            return Train(failed, candidate, overwrite, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (failed with { Error = $"Stopped: the {minutes} were over." }, null);
        }
        catch (Exception e) when (options.Explain(e) is string message)
        {
            return (failed with { Error = message }, null);
        }
    }

    private (SweepRun Run, Metrics Metrics) Train(
        SweepRun run, SweepCandidate candidate, bool overwrite, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(options.ResultFolder, candidate.Name);
        TrainingOptions training = options.Training with
        {
            Backbone = candidate.Backbone,
            Weights = candidate.Weights,
            ResultFolder = folder,
            Overwrite = overwrite,
            Resume = !options.Overwrite && options.Training.Tune != Tune.Head && TuningConfiguration.IsUnfinished(folder),
        };
        Metrics metrics;
        using (TrainingRun trained = BackboneTrainer.Train(data, training, progress, cancellationToken)) metrics = trained.Metrics;
        string backbone = Path.Combine(folder, ResultFolder.Backbone);
        return (run with
        {
            Error = null,
            Weights = metrics.Weights,
            Folder = folder,
            Accuracy = metrics.Accuracy,
            Interval = ProportionInterval.Of(metrics.Accuracy, metrics.ValidationImages),
            LogLoss = metrics.LogLoss,
            Problems = metrics.Problems,
            ImagesPerSecond = ImagesPerSecond(backbone, cancellationToken),
            FileBytes = new FileInfo(backbone).Length,
            Seconds = metrics.Seconds,
        }, metrics);
    }

    // The training's own time says little: features may have come from the cache.
    private double ImagesPerSecond(string backbone, CancellationToken cancellationToken)
    {
        using var featurizer = ImageFeaturizer.Open(backbone, options.Training.Featurizing with { Cache = null });
        string[] images = [.. data.List(allowMissingClasses: true).Train.Take(TimedImages).Select(image => image.ImagePath)];
        _ = featurizer.Featurize(images.Take(featurizer.BatchSize), cancellationToken).Count(); // the first batch makes the network's plans
        var clock = Stopwatch.StartNew();
        int count = featurizer.Featurize(images, cancellationToken).Count();
        return Math.Round(count / clock.Elapsed.TotalSeconds, 1);
    }
}
