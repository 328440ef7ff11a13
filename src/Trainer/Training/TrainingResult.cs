using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a training gives: a head on a backbone, and how both came about.</summary>
internal abstract class TrainingResult : IDisposable
{
    private readonly IDisposable owner;

    protected TrainingResult(ResultParts parts)
    {
        Parts = parts;
        owner = parts.Trained?.Owner ?? parts.Backbone;
        Model = new TransformerChain<ITransformer>([parts.Head.Featurizing, .. parts.Head.Model.Before, parts.Head.Model.Head]);
    }

    /// <summary>In evaluation mode, on the CPU, without a classifier.</summary>
    public Backbone Backbone => Parts.Backbone;

    /// <summary>From images to classes or values.</summary>
    public TransformerChain<ITransformer> Model { get; }

    /// <summary>The epochs; none for a head on a frozen backbone.</summary>
    public IReadOnlyList<TrainingEpoch> History => Parts.Trained?.History ?? [];

    protected ResultParts Parts { get; }

    /// <summary>What <c>metrics.json</c> has.</summary>
    protected abstract RunMetrics RunMetrics { get; }

    /// <summary>What kind of head is trained, in a few words.</summary>
    protected abstract string HeadKind { get; }

    private TrainingJob Job => Parts.Job;

    private TuningConfiguration? Configuration => Parts.Trained?.Configuration;

    /// <summary>Writes all of it into a result folder, to be committed; the backbone may be there already.</summary>
    /// <param name="results">The folder.</param>
    /// <param name="backboneFile">The exported backbone.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Write(ResultFolder results, string backboneFile, CancellationToken cancellationToken)
    {
        if (backboneFile != results[ResultFolder.Backbone]) File.Copy(backboneFile, results[ResultFolder.Backbone]);
        MLContext mlContext = Parts.Head.MLContext;
        mlContext.Model.SaveImageModel(Model, mlContext.Data.LoadFromEnumerable<ImageToPredict>([]).Schema, results[ResultFolder.Model]);
        NativeMemory.GiveBack(); // the network's copies, before the report opens it once more
        File.WriteAllText(results[ResultFolder.Metrics], ReportJson.Write((object)RunMetrics));
        if (History.Count > 0) File.WriteAllText(results[ResultFolder.History], ReportJson.Write(History));
        results.Write(Report(Describe(results.Name), cancellationToken));
        if (Configuration is not null) File.WriteAllText(results[TuningConfiguration.File], Configuration.ToJson());
    }

    public void Dispose()
    {
        Parts.Head.Dispose();
        owner.Dispose();
    }

    /// <summary>What people read of it.</summary>
    protected abstract IRunReport Report(RunDescription run, CancellationToken cancellationToken);

    /// <summary>Settings to describe besides those that every training has.</summary>
    protected abstract IEnumerable<(string Name, string Value)> Settings { get; }

    private RunDescription Describe(string output) => new()
    {
        Title = Job.Data.Name,
        Model = output,
        Command = Job.Options.Command,
        Configuration =
        [
            ("trained on", Job.Data.TrainedOn),
            ("validated on", Job.Data.ValidationFolder ?? Job.Data.ValidationListFile ?? HeldBack),
            .. Parts.Images.ExclusionNotes.Take(1).Select(note => ("images left out", note)),
            ("backbone", Job.Spec.Name),
            ("weights", RunMetrics.Weights!),
            ("trained part", TrainedPart),
            .. RunMetrics.Head is { } settings
                ? [("head", $"{settings}, chosen by cross-validation on the images to train on")]
                : Array.Empty<(string, string)>(),
            .. Settings,
            .. Parts.Trained?.Mixing is { } mixing ? [("weight mixing", $"{mixing}")] : Array.Empty<(string, string)>(),
            ("seed", $"{Job.Seed}"),
            .. Configuration is null ? Array.Empty<(string, string)>() : [("training precision", RecipeSettings.Text(Configuration.TrainPrecision))],
            .. Configuration is null
                ? []
                : RecipeSettings.Differences(Job.Recipe with { TrainPrecision = default }, Job.Task.Complete(Job.Task.RecipeFor(Job.Tune)))
                    .Select(setting => (JsonNamingPolicy.KebabCaseLower.ConvertName(setting.Name).Replace('-', ' '), setting.Value)),
        ],
        Warning = FrozenBackbone.Warning(Job),
        History = History,
    };

    /// <summary>What is held back where the data bring no images to validate on, such as "of each class".</summary>
    protected abstract string HeldBackOf { get; }

    private string HeldBack =>
        FormattableString.Invariant($"{100 * Job.Options.ValidationFraction:0.#} % {HeldBackOf}, held back by seed {Job.Seed}");

    private string TrainedPart => Job.Tune switch
    {
        Tune.Head => $"a linear head ({HeadKind}); the backbone is frozen",
        Tune.LastStage => "the backbone's last stage and a linear head",
        Tune.Scratch => "the whole backbone and a linear head, from fresh weights",
        _ => "the whole backbone and a linear head",
    };

    /// <summary>What the model takes.</summary>
    private sealed class ImageToPredict
    {
        public string ImagePath { get; set; } = "";
    }
}

/// <summary>What a result is put together of.</summary>
/// <param name="Job">What was asked for.</param>
/// <param name="Images">What was listed to train on and to validate on.</param>
/// <param name="Backbone">The network.</param>
/// <param name="Head">A head on its features.</param>
/// <param name="Elapsed">Time that it took.</param>
internal sealed record ResultParts(TrainingJob Job, TrainingImages Images, Backbone Backbone, FittedHead Head, TimeSpan Elapsed)
{
    /// <summary>How the backbone was trained; null where it is as it came.</summary>
    public TrainedBackbone? Trained { get; init; }

    /// <summary>All images that could not be read, and lines of lists.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. Images.LeftOut, .. Trained?.Skipped ?? [], .. Head.Skipped];

    /// <summary>Features to look for copies and doubtful labels by.</summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation) Unlearned =>
        Trained?.Unlearned ?? (Head.Train, Head.Validation);

    /// <summary>Fills in what every training reports in the same way.</summary>
    public T Complete<T>(T metrics) where T : RunMetrics
    {
        bool pretrained = !Job.Weights.IsFresh;
        return (T)(metrics with
        {
            Weights = Trained is null ? Backbone.WeightsOrigin : $"{Backbone.WeightsOrigin}, trained on {Job.Data.Name}",
            Tune = RecipeSettings.Text(Job.Tune),
            Seed = Job.Seed,
            TrainPrecision = Trained is null ? null : RecipeSettings.Text(Trained.Configuration.TrainPrecision),
            Head = Head.Model.Settings,
            WeightMixing = Trained?.Mixing,
            NotChecked = pretrained ? [] : [DataProblems.NotJudged],
            PassedOver = Images.PassedOver,
        });
    }
}

/// <summary>How a backbone was trained.</summary>
internal sealed record TrainedBackbone
{
    /// <summary>What the backbone is a part of.</summary>
    public required IDisposable Owner { get; init; }

    public required TuningConfiguration Configuration { get; init; }

    public required IReadOnlyList<TrainingEpoch> History { get; init; }

    /// <summary>The part of the trained weights, where the images to validate on chose it.</summary>
    public WeightMixingChoice? Mixing { get; init; }

    /// <summary>Images that were skipped before the head was fitted.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>
    /// Features to look for copies and doubtful labels by; null takes the head's. A network that has learned these images makes all of a
    /// class look alike.
    /// </summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)? Unlearned { get; init; }
}
