using System.Globalization;
using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A number for an image.</summary>
internal sealed class RegressionTask : LearningTask
{
    public override string Name => "regression";

    public override string Labels => "values";

    public override IReadOnlyList<string> LabelColumns => ["value"];

    public override (string? Label, string? Problem) LabelOf(string? cell) => NumberLabel.TryParse(cell) is double number
        ? (NumberLabel.Of(number), null)
        : (null, string.IsNullOrEmpty(cell)
            ? "has no number. Write one such as 1234.5, or remove the line"
            : $"has the value '{DisplayText.Of(cell)}', which is not a finite number such as 1234.5");

    public override Recipe RecipeFor(Tune tune) => Recipe.ForRegression(tune);

    public override Recipe Complete(Recipe recipe) => recipe with { Loss = recipe.Loss ?? LossKind.MeanSquaredError };

    public override void Check(TrainingJob job)
    {
        Recipe recipe = job.Recipe;
        if (job.Tune != Tune.Head)
        {
            if (recipe.Loss is LossKind.CrossEntropy or LossKind.BinaryCrossEntropy)
            {
                throw new TrainingException(
                    $"{new Setting(nameof(Recipe.Loss))} is {RecipeSettings.Text(recipe.Loss)}, which is for classes, and the images have numbers. Use mean-squared-error or huber.");
            }
            if (recipe.LabelSmoothing > 0) throw ForClasses(nameof(Recipe.LabelSmoothing), "0");
            if (recipe.Balanced) throw ForClasses(nameof(Recipe.Balanced), "false");
        }
        if (job.Head.ClassWeights != ClassWeights.None) throw ForClasses(nameof(ClassificationHeadOptions.ClassWeights), "none");
        if (job.Options.Keep != UnknownScore.DefaultKeep) throw ForClasses(nameof(TrainingOptions.Keep), $"{UnknownScore.DefaultKeep}");
        if (job.Options.Calibrate) throw ForClasses(nameof(TrainingOptions.Calibrate), "false");
        if (job.Options.AllowMissingClasses) throw ForClasses(nameof(TrainingOptions.AllowMissingClasses), "false");
    }

    public override string? ProblemOf(string? label) =>
        NumberLabel.TryParse(label) is null ? $"has the value {label}. Each image needs a finite number." : null;

    public override string? ProblemOf(string? label, string column) => NumberLabel.TryParse(label) is null
        ? $"has the label {label ?? "NaN"} (column '{column}'). Give every image a finite number, or leave the row out."
        : null;

    public override TrainingImages Check(TrainingJob job, TrainingImages images)
    {
        if (images.Train.Select(image => image.Label).Distinct().Take(2).ToArray() is not [string only]) return images;
        throw new TrainingException(
            $"All {images.Train.Count} images of '{job.Data.Name}' have the value {only}. There is nothing to learn where all values are the same.");
    }

    public override bool AllowsMissing(TrainingOptions options) => true;

    public override IReadOnlyList<T> Known<T>(
        IReadOnlyList<T> validation, Func<T, string> label, IEnumerable<string> learned, bool allowed) => validation;

    /// <summary>Any images, whatever their values.</summary>
    public override (IReadOnlyList<T> Train, IReadOnlyList<T> Validation) Split<T>(
        IReadOnlyList<T> images, Func<T, string> label, double validationFraction, int seed) => images.Count > 1
        ? StratifiedSplit.Of(images, image => Stratum(label(image)), validationFraction, seed)
        : throw new TrainingException($"One image is too few to train on and to validate on. Add images.");

    public override string Stratum(string label) => "";

    public override TuningTargets Targets(TrainingJob job, IReadOnlyList<LabeledImage> train) =>
        new ValueTargets(job.Recipe.Loss!.Value, [.. train.Select(image => NumberLabel.Parse(image.Label))]);

    // Features of unit length, which the recipes' learning rates are for.
    public override ClassificationHeadOptions StartingHead(ClassificationHeadOptions asked) =>
        asked with { Scaling = FeatureScaling.UnitLength, L2Regularization = null };

    public override HeadModel FitHead(
        TrainingJob job, MLContext mlContext, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
    {
        float[][] features = [.. train.Select(image => image.Features)];
        double[] values = Values(train);
        RegressionHeadOptions chosen = RegressionHead.Choose(features, values, new RegressionHeadOptions
        {
            Scaling = job.Head.Scaling,
            L2Regularization = job.Head.L2Regularization,
            Seed = job.Seed,
        });
        return Model(mlContext, CrossFittedHead.Of(RegressionHead.Fit(features, values, chosen)), validation) with
        {
            Settings = HeadSettings.Of(chosen.Scaling, chosen.L2Regularization),
        };
    }

    public override HeadModel GiveHead(
        TrainingJob job, MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledImage> listed, IReadOnlyList<LabeledFeatures> train,
        IReadOnlyList<LabeledFeatures> validation) =>
        Model(mlContext, trained, validation);

    public override float[] Outputs(LinearHead head, float[] features) => head.Logits(features);

    public override TrainingResult Result(ResultParts parts, CancellationToken cancellationToken) =>
        RegressionResult.Of(parts, cancellationToken);

    /// <summary>The values of labelled images.</summary>
    public static double[] Values(IEnumerable<LabeledFeatures> images) => [.. images.Select(image => NumberLabel.Parse(image.Label))];

    private RegressorModel Model(MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledFeatures> validation)
    {
        double[] predicted = [.. validation.Select(image => (double)OutputsOf(trained, image)[0])];
        return new RegressorModel
        {
            // The features are the model's own, so they may be scaled in place.
            Head = GivenHead.Regression(mlContext, trained.Head, nameof(LabeledFeatures.Features)),
            Numbers = trained.Head,
            Predicted = predicted,
            Report = RegressionReport.Of(Values(validation), predicted),
        };
    }

    private static TrainingException ForClasses(string setting, string none) =>
        new($"{new Setting(setting)} is for classes, and the images have numbers. Leave it out, or make it {none}.");
}
