using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Any number of labels for an image.</summary>
internal sealed class MultiLabelTask : LearningTask
{
    // For thresholds, where the network is trained: it is sure of the images that it has learned.
    private const double HeldBackPart = 0.1;

    // As a classifier's tuning starts: see there.
    private const float StartingL2 = 0.1f;

    public override string Name => "multi-label";

    public override string Labels => "labels";

    public override IReadOnlyList<string> LabelColumns => ["labels", "tags"];

    public override (string? Label, string? Problem) LabelOf(string? cell) => cell is null
        ? (null, "has no labels. Write an array of texts; [] says that the image has none")
        : LabelSet.TryOfCell(cell) is { } labels
        ? (LabelSet.Of(labels), null)
        : (null, $"has the labels {DisplayText.Of(cell, 100)}, which are not a JSON array of texts. Write [\"cat\", \"dog\"], or cat|dog");

    public override Recipe RecipeFor(Tune tune) => Recipe.ForMultiLabel(tune);

    public override Recipe Complete(Recipe recipe) => recipe with { Loss = recipe.Loss ?? LossKind.BinaryCrossEntropy };

    public override void Check(TrainingJob job)
    {
        if (job.Tune != Tune.Head && job.Recipe.Loss != LossKind.BinaryCrossEntropy)
        {
            throw new TrainingException(
                $"{new Setting(nameof(Recipe.Loss))} is {RecipeSettings.Text(job.Recipe.Loss)}, and the images have any number of labels. Use binary-cross-entropy.");
        }
        if (job.Tune != Tune.Head && job.Recipe.Balanced) throw ForOneClass(nameof(Recipe.Balanced), "false");
        if (job.Head.ClassWeights != ClassWeights.None) throw ForOneClass(nameof(ClassificationHeadOptions.ClassWeights), "none");
        if (job.Options.Keep != UnknownScore.DefaultKeep) throw ForOneClass(nameof(TrainingOptions.Keep), $"{UnknownScore.DefaultKeep}");
        if (job.Options.Calibrate) throw ForOneClass(nameof(TrainingOptions.Calibrate), "false");
        if (job.Options.AllowMissingClasses) throw ForOneClass(nameof(TrainingOptions.AllowMissingClasses), "false");
    }

    public override string? ProblemOf(string? label) =>
        label is null ? "has no list of labels. An empty one says that the image has none."
        : LabelSet.Parse(label).Any(string.IsNullOrWhiteSpace) ? "has an empty label. Each label needs a name."
        : null;

    public override string? ProblemOf(string? label, string column) => label is not null && LabelSet.Parse(label).Any(string.IsNullOrWhiteSpace)
        ? $"has an empty label (column '{column}'). Give every label a name, or leave it out."
        : null;

    public override TrainingImages Check(TrainingJob job, TrainingImages images)
    {
        IReadOnlyList<string>[] labels = [.. images.Train.Select(image => LabelSet.Parse(image.Label))];
        if (labels.All(each => each.Count == 0))
            throw new TrainingException($"None of the {labels.Length} images of '{job.Data.Name}' has a label. There is nothing to learn.");
        if (images.Train.Select(image => image.Label).Distinct().Count() == 1)
        {
            throw new TrainingException(
                $"All {labels.Length} images of '{job.Data.Name}' have the labels '{string.Join("', '", labels[0])}'. There is nothing to learn where all have the same.");
        }
        return images;
    }

    public override bool AllowsMissing(TrainingOptions options) => true;

    /// <summary>All: what is not learned is passed over where they are measured, and named as a problem of the data.</summary>
    public override IReadOnlyList<T> Known<T>(
        IReadOnlyList<T> validation, Func<T, string> label, IEnumerable<string> learned, bool allowed) => validation;

    public override (IReadOnlyList<T> Train, IReadOnlyList<T> Validation) Split<T>(
        IReadOnlyList<T> images, Func<T, string> label, double validationFraction, int seed)
    {
        int[] parts = LabelStratification.Of([.. images.Select(image => LabelSet.Parse(label(image)))], [1 - validationFraction, validationFraction], seed);
        T[] train = [.. images.Where((_, i) => parts[i] == 0)], validation = [.. images.Where((_, i) => parts[i] == 1)];
        return train.Length > 0 && validation.Length > 0 ? (train, validation) : throw new TrainingException(
            $"{images.Count} images are too few to train on and to validate on. Add images, or give others to validate on.");
    }

    // Sets of labels are too many to have a share of each in every fold.
    public override string Stratum(string label) => "";

    public override TuningTargets Targets(TrainingJob job, IReadOnlyList<LabeledImage> train) =>
        new LabelTargets(MultiLabelHead.NamesOf(train.Select(image => LabelSet.Parse(image.Label))), job.Recipe.LabelSmoothing);

    /// <summary>A tenth of the images, each label's share of it, unless nothing is to be chosen by them, or they would be too few.</summary>
    public override IReadOnlySet<int> HeldBack(TrainingJob job, IReadOnlyList<string> labels)
    {
        if (job.Tune == Tune.Head || !job.Options.Thresholds.AreChosen) return new HashSet<int>();
        string[][] sets = [.. labels.Select(LabelSet.Parse)];
        int[] parts = LabelStratification.Of(sets, [1 - HeldBackPart, HeldBackPart], job.Seed);
        HashSet<int> held = [.. Enumerable.Range(0, parts.Length).Where(i => parts[i] == 1)];
        HashSet<string> learned = [.. sets.Where((_, i) => !held.Contains(i)).SelectMany(set => set)];
        held.RemoveWhere(i => !learned.IsSupersetOf(sets[i]));
        return held.SelectMany(i => sets[i]).CountBy(label => label).Any(count => count.Value >= LabelThresholds.FewestImages) ? held : [];
    }

    public override ClassificationHeadOptions StartingHead(ClassificationHeadOptions asked) =>
        asked with { Scaling = FeatureScaling.UnitLength, L2Regularization = StartingL2 };

    public override HeadModel FitHead(
        TrainingJob job, MLContext mlContext, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
    {
        // A head to start with must not know the images that the trained one's thresholds are chosen by.
        IReadOnlySet<int> held = HeldBack(job, [.. train.Select(image => image.Label)]);
        LabeledFeatures[] fitted = [.. train.Where((_, i) => !held.Contains(i))];
        float[][] features = [.. fitted.Select(image => image.Features)];
        string[][] labels = Sets(fitted);
        MultiLabelHeadOptions chosen = MultiLabelHead.Choose(features, labels, new MultiLabelHeadOptions
        {
            Scaling = job.Head.Scaling,
            L2Regularization = job.Head.L2Regularization,
            Thresholds = job.Tune == Tune.Head ? job.Options.Thresholds : LabelThresholds.Fixed(),
            Seed = job.Seed,
        });
        MultiLabelHead head = MultiLabelHead.Fit(features, labels, chosen);
        return Model(mlContext, head, CrossFittedHead.Of(head.Numbers), validation) with
        {
            Settings = HeadSettings.Of(chosen.Scaling, chosen.L2Regularization),
        };
    }

    public override HeadModel GiveHead(
        TrainingJob job, MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledImage> listed, IReadOnlyList<LabeledFeatures> train,
        IReadOnlyList<LabeledFeatures> validation)
    {
        string[] names = MultiLabelHead.NamesOf(listed.Select(image => LabelSet.Parse(image.Label)));
        IReadOnlySet<int> held = HeldBack(job, [.. listed.Select(image => image.Label)]);
        HashSet<string> paths = [.. held.Select(i => listed[i].ImagePath)];
        LabeledFeatures[] judges = [.. train.Where(image => paths.Contains(image.ImagePath))];
        LabelThresholds thresholds = judges.Length > 0 || !job.Options.Thresholds.AreChosen ? job.Options.Thresholds : LabelThresholds.Fixed();
        var head = new MultiLabelHead(trained.Head, names, MultiLabelHead.ThresholdsOf(
            thresholds, MultiLabelHead.Truth(Sets(judges), names), [.. judges.Select(image => trained.Head.Probabilities(image.Features))]));
        return Model(mlContext, head, trained, validation);
    }

    public override TrainingResult Result(ResultParts parts, CancellationToken cancellationToken) => MultiLabelResult.Of(parts, cancellationToken);

    /// <summary>The labels of each image.</summary>
    public static string[][] Sets(IEnumerable<LabeledFeatures> images) => [.. images.Select(image => LabelSet.Parse(image.Label))];

    private LabelerModel Model(MLContext mlContext, MultiLabelHead head, CrossFittedHead trained, IReadOnlyList<LabeledFeatures> validation)
    {
        float[][] probabilities = [.. validation.Select(image => OutputsOf(trained, image))];
        return new LabelerModel
        {
            // The features are the model's own, so they may be scaled in place.
            Head = GivenHead.MultiLabel(mlContext, head, nameof(LabeledFeatures.Features)),
            Labeler = head,
            Probabilities = probabilities,
            Report = MultiLabelReport.Of(head.Labels, head.Thresholds, Sets(validation), probabilities),
        };
    }

    private static TrainingException ForOneClass(string setting, string none) =>
        new($"{new Setting(setting)} is for images of one class, and these have any number of labels. Leave it out, or make it {none}.");
}
