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
        return new ClassifierModel
        {
            Head = head,
            Settings = HeadSettings.Of(chosen.Scaling, chosen.L2Regularization),
            Report = ClassificationReport.Of(mlContext, head, validation),
        };
    }

    public override HeadModel GiveHead(
        TrainingJob job, MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledImage> listed, IReadOnlyList<LabeledFeatures> train,
        IReadOnlyList<LabeledFeatures> validation)
    {
        IReadOnlyList<string> classes = new ClassIndices(listed).Classes;
        ITransformer model = ClassificationHead.Of(mlContext, trained.Head, classes);
        if (trained.Others.Count == 0) return new ClassifierModel { Head = model, Report = ClassificationReport.Of(mlContext, model, validation) };
        float[][] probabilities = [.. validation.Select(image => OutputsOf(trained, image))];
        return new ClassifierModel
        {
            Head = model,
            Report = ClassificationReport.Of(classes, [.. validation.Select(image => image.Label)], probabilities),
            Probabilities = probabilities,
        };
    }

    public override TrainingResult Result(ResultParts parts, CancellationToken cancellationToken) =>
        ClassificationResult.Of(parts, cancellationToken);
}
