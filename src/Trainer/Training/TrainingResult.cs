using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a training gives: a head on a backbone, and how both came about.</summary>
internal sealed class TrainingResult : IDisposable
{
    private readonly TrainingJob job;
    private readonly FittedHead head;
    private readonly IDisposable? owner;

    private TrainingResult(TrainingJob job, Backbone backbone, FittedHead head, Metrics metrics, TrainedBackbone? trained)
    {
        this.job = job;
        this.head = head;
        owner = trained?.Owner ?? backbone;
        Backbone = backbone;
        Metrics = metrics;
        History = trained?.History ?? [];
        Configuration = trained?.Configuration;
        Model = new TransformerChain<ITransformer>(head.Featurizing, head.Head);
    }

    /// <summary>In evaluation mode, on the CPU, without a classifier.</summary>
    public Backbone Backbone { get; }

    /// <summary>From images to classes.</summary>
    public TransformerChain<ITransformer> Model { get; }

    public Metrics Metrics { get; }

    public ClassificationReport Report => head.Report;

    /// <summary>The epochs; none for a head on a frozen backbone.</summary>
    public IReadOnlyList<TrainingEpoch> History { get; }

    /// <summary>What a training of more than the head was started with.</summary>
    public TuningConfiguration? Configuration { get; }

    /// <summary>Measures a result, which owns what it consists of from then on.</summary>
    /// <param name="job">What was asked for.</param>
    /// <param name="images">What was listed to train on and to validate on.</param>
    /// <param name="backbone">The network.</param>
    /// <param name="head">A head on its features.</param>
    /// <param name="elapsed">Time that it took.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="trained">How the backbone was trained; null where it is as it came.</param>
    public static TrainingResult Of(
        TrainingJob job, TrainingImages images, Backbone backbone, FittedHead head, TimeSpan elapsed, CancellationToken cancellationToken,
        TrainedBackbone? trained = null)
    {
        SkippedImage[] skipped = [.. trained?.Skipped ?? [], .. head.Skipped];
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = trained?.Unlearned ?? (head.Train,
            head.Validation);
        bool pretrained = !job.Weights.IsFresh, balanced = job.Head.ClassWeights == ClassWeights.Balanced;
        Metrics metrics = Metrics.Of(head.Report, head.Featurizing.Featurizer, skipped, head.Train.Count, elapsed) with
        {
            Weights = trained is null ? backbone.WeightsOrigin : $"{backbone.WeightsOrigin}, trained on {job.Data.Name}",
            Tune = RecipeSettings.Text(job.Tune),
            Seed = job.Seed,
            Head = head.Options is { } chosen ? HeadSettings.Of(chosen) : null,
            Problems =
            [
                .. ClassSets.Problems(images.Classes, head.Report.Classes, head.Validation.Select(image => image.Label)),
                .. ResultProblems.Find(head.Report, balanced),
                .. DataProblems.Find(train, validation, skipped, pretrained, balanced, cancellationToken),
            ],
            NotChecked = pretrained ? [] : [DataProblems.NotJudged],
            PassedOver = images.PassedOver,
        };
        return new TrainingResult(job, backbone, head, metrics, trained);
    }

    /// <summary>Writes all of it into a result folder, to be committed; the backbone may be there already.</summary>
    /// <param name="results">The folder.</param>
    /// <param name="backboneFile">The exported backbone.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Write(ResultFolder results, string backboneFile, CancellationToken cancellationToken)
    {
        if (backboneFile != results[ResultFolder.Backbone]) File.Copy(backboneFile, results[ResultFolder.Backbone]);
        MLContext mlContext = head.MLContext;
        mlContext.Model.SaveImageModel(Model, mlContext.Data.LoadFromEnumerable<ImageToClassify>([]).Schema, results[ResultFolder.Model]);
        File.WriteAllText(results[ResultFolder.Metrics], ReportJson.Write(Metrics));
        if (History.Count > 0) File.WriteAllText(results[ResultFolder.History], ReportJson.Write(History));
        // The classifier is the featurizer's again, which its owner disposes of.
        results.Write(RunReport.Of(Describe(results.Name), ImageClassifier.Of(Model), Metrics, head.Validation, cancellationToken));
        if (Configuration is not null) File.WriteAllText(results[TuningConfiguration.File], Configuration.ToJson());
    }

    public void Dispose()
    {
        head.Dispose();
        owner?.Dispose();
    }

    private RunDescription Describe(string output) => new()
    {
        Title = job.Data.Name,
        Model = output,
        Command = job.Options.Command,
        Configuration =
        [
            ("trained on", job.Data.Folder ?? job.Data.Name),
            ("validated on", job.Data.ValidationFolder ?? HeldBack),
            ("backbone", job.Spec.Name),
            ("weights", Metrics.Weights!),
            ("trained part", TrainedPart),
            .. Metrics.Head is { } settings
                ? [("head", $"{settings}, chosen by cross-validation on the images to train on")]
                : Array.Empty<(string, string)>(),
            ("class weights", job.Head.ClassWeights == ClassWeights.None ? "none" : "balanced"),
            ("seed", $"{job.Seed}"),
            .. Configuration is null
                ? []
                : RecipeSettings.Differences(job.Recipe, Recipe.For(job.Tune))
                    .Select(setting => (JsonNamingPolicy.KebabCaseLower.ConvertName(setting.Name).Replace('-', ' '), setting.Value)),
        ],
        Warning = FrozenBackbone.Warning(job),
        History = [.. History.Cast<EpochRecord>()],
    };

    private string HeldBack =>
        FormattableString.Invariant($"{100 * job.Options.ValidationFraction:0.#} % of each class, held back by seed {job.Seed}");

    private string TrainedPart => job.Tune switch
    {
        Tune.Head => "a linear head (multinomial logistic regression); the backbone is frozen",
        Tune.LastStage => "the backbone's last stage and a linear head",
        Tune.Scratch => "the whole backbone and a linear head, from fresh weights",
        _ => "the whole backbone and a linear head",
    };

    /// <summary>What the model takes; it gives PredictedLabel and Score.</summary>
    private sealed class ImageToClassify
    {
        public string ImagePath { get; set; } = "";
    }
}

/// <summary>How a backbone was trained.</summary>
internal sealed record TrainedBackbone
{
    /// <summary>What the backbone is a part of.</summary>
    public required IDisposable Owner { get; init; }

    public required TuningConfiguration Configuration { get; init; }

    public required IReadOnlyList<TrainingEpoch> History { get; init; }

    /// <summary>Images that were skipped before the head was fitted.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>
    /// Features to look for copies and doubtful labels by; null takes the head's. A network that has learned these images makes all of a
    /// class look alike.
    /// </summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)? Unlearned { get; init; }
}
