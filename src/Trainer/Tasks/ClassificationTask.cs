using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The class of an image.</summary>
internal sealed class ClassificationTask : LearningTask
{
    // Not chosen by the data. More regularization than a head has that stays: one that is sure of all it was fitted on teaches the network little but
    // where it errs, and there too much (benchmarks/Tuning). And features of unit length, which the recipe's learning rates are for.
    private const float StartingL2 = 0.1f;
    private const FeatureScaling StartingScaling = FeatureScaling.UnitLength;

    // Images to validate on that choose temperature and limit where the network has learned those to train on: as weight mixing has it.
    private const int FewestJudges = 20;

    public override string Name => "classification";

    public override string Labels => "classes";

    public override IReadOnlyList<string> LabelColumns => ["label", "class"];

    public override (string? Label, string? Problem) LabelOf(string? cell)
    {
        if (cell?.StartsWith('[') == true && LabelSet.TryOfCell(cell) is { } labels)
        {
            if (labels.Length > 1) return (null, $"has several labels, {DisplayText.Of(cell)}. Give each image one class");
            cell = labels.FirstOrDefault();
        }
        return string.IsNullOrWhiteSpace(cell) ? (null, "has no label. Give each image a class, or remove the line") : (cell, null);
    }

    public override Recipe RecipeFor(Tune tune) => Recipe.For(tune);

    public override Recipe Complete(Recipe recipe) => recipe with { Loss = recipe.Loss ?? LossKind.CrossEntropy };

    public override void Check(TrainingJob job)
    {
        if (job.Recipe.Loss is LossKind.MeanSquaredError or LossKind.Huber)
        {
            throw new TrainingException(
                $"{new Setting(nameof(Recipe.Loss))} is {RecipeSettings.Text(job.Recipe.Loss)}, which is for numbers, and the images have classes. Use cross-entropy or binary-cross-entropy.");
        }
    }

    public override string? ProblemOf(string? label) =>
        string.IsNullOrWhiteSpace(label) ? "has no class. Each image needs the name of one." : null;

    public override string? ProblemOf(string? label, string column) => string.IsNullOrWhiteSpace(label)
        ? $"has an empty label (column '{column}'). Give every image a class, or leave the row out."
        : null;

    public override TrainingImages Check(TrainingJob job, TrainingImages images)
    {
        string[] classes = [.. images.Train.Select(image => image.Label).Distinct()];
        if (classes is [string only])
        {
            string advice = job.Data.Folder is null ? "" : ": a folder for each";
            throw new TrainingException(
                $"'{job.Data.Folder ?? job.Data.Name}' has one class, '{only}'. A classifier needs two at least{advice}.");
        }
        return images.Validation is null
            ? images
            : images with { Validation = Known(images.Validation, image => image.Label, classes, job.AllowMissingClasses) };
    }

    public override bool AllowsMissing(TrainingOptions options) => options.AllowMissingClasses;

    public override IReadOnlyList<T> Known<T>(
        IReadOnlyList<T> validation, Func<T, string> label, IEnumerable<string> learned, bool allowed) =>
        ClassSets.Known(validation, label, [.. learned.Distinct()], allowed);

    public override (IReadOnlyList<T> Train, IReadOnlyList<T> Validation) Split<T>(
        IReadOnlyList<T> images, Func<T, string> label, double validationFraction, int seed) =>
        StratifiedSplit.Of(images, label, validationFraction, seed);

    public override string Stratum(string label) => label;

    public override TuningTargets Targets(TrainingJob job, IReadOnlyList<LabeledImage> train)
    {
        var classes = new ClassIndices(train);
        IReadOnlyDictionary<string, float>? weights = job.Head.ClassWeights.Compute(train.CountBy(image => image.Label).ToDictionary());
        return new ClassTargets(job.Recipe, classes, weights is null ? null : [.. classes.Classes.Select(name => weights[name])]);
    }

    public override ClassificationHeadOptions StartingHead(ClassificationHeadOptions asked) =>
        asked with { Scaling = StartingScaling, L2Regularization = StartingL2 };

    public override HeadModel FitHead(
        TrainingJob job, MLContext mlContext, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
    {
        ClassificationHeadOptions chosen = ClassificationHead.Choose(train, job.Head with { Seed = job.Seed });
        ITransformer head = ClassificationHead.Fit(mlContext, train, chosen);
        bool stays = job.Tune == Tune.Head;
        ClassificationReport? before = stays && job.Options.Calibrate ? ClassificationReport.Of(mlContext, head, validation) : null;
        UnknownScore? unknown = stays ? Fit(job, train) : null;
        return new ClassifierModel
        {
            Head = head,
            Scaling = before is null ? null : TemperatureScaling.Of(ClassificationHead.Calibrate(mlContext, head, train, chosen), before),
            Unknown = unknown,
            Known = unknown is null ? null : KnownImages.Of(unknown, validation, job.Options.Keep),
            Settings = HeadSettings.Of(chosen.Scaling, chosen.L2Regularization),
            Report = ClassificationReport.Of(mlContext, head, validation),
        };
    }

    public override HeadModel GiveHead(
        TrainingJob job, MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledImage> listed, IReadOnlyList<LabeledFeatures> train,
        IReadOnlyList<LabeledFeatures> validation)
    {
        IReadOnlyList<string> classes = new ClassIndices(listed).Classes;
        string[] labels = [.. validation.Select(image => image.Label)];
        float[][] probabilities = [.. validation.Select(image => OutputsOf(trained, image))];
        var report = ClassificationReport.Of(classes, labels, probabilities);
        if (validation.Count < FewestJudges)
        {
            if (job.Options.Calibrate)
                job.Progress.Warn($"{validation.Count} images to validate on are too few to scale probabilities by: they are left as they are.");
            UnknownScore optimistic = Fit(job, train);
            return new ClassifierModel
            {
                Head = ClassificationHead.Of(mlContext, trained.Head, classes),
                Unknown = optimistic,
                Known = KnownImages.Of(optimistic, validation, job.Options.Keep),
                Report = report,
                Probabilities = probabilities,
            };
        }

        // A network is surer of the images that it has learned than of others of the same kind, and they are nearer to it, so others choose
        // temperature and limit. No image has a say in its own figures.
        LabeledImage[] files = [.. validation.Select(image => new LabeledImage { ImagePath = image.ImagePath, Label = image.Label })];
        int[] foldOf = ImageFolds.FoldOf(files, this, MixingChoice.Folds, job.Seed, CancellationToken.None);
        int[] truth = [.. labels.Select(label => classes.Index().First(entry => entry.Item == label).Index)];
        double? temperature = job.Options.Calibrate ? Temperature.Fit(probabilities, truth) : null;
        float[][] scaled = temperature is null ? probabilities : TemperatureScaling.CrossFitted(probabilities, truth, foldOf);
        UnknownScore unknown = Fit(job, train, validation);
        return new ClassifierModel
        {
            Head = ClassificationHead.Of(mlContext, temperature is double t ? Temperature.Apply(trained.Head, t) : trained.Head, classes),
            Scaling = temperature is double chosen ? TemperatureScaling.Of(chosen, report) : null,
            Unknown = unknown,
            Known = KnownImages.CrossFitted(unknown, validation, foldOf, job.Options.Keep),
            Report = ClassificationReport.Of(classes, labels, scaled),
            Probabilities = scaled,
        };
    }

    private static UnknownScore Fit(
        TrainingJob job, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures>? unlearned = null) =>
        UnknownScore.Fit([.. train.Select(image => image.Features)], [.. train.Select(image => image.Label)], job.Options.Keep,
            unlearned is null ? null : [.. unlearned.Select(image => image.Features)]);

    public override TrainingResult Result(ResultParts parts, CancellationToken cancellationToken) =>
        ClassificationResult.Of(parts, cancellationToken);
}
