using ResNetMLNet.Trainer;

namespace Microsoft.ML;

/// <summary>Extension methods for the catalogs of trainers that train a backbone on images.</summary>
public static class FineTuningCatalog
{
    /// <summary>
    /// Create a <see cref="FineTunedBackboneEstimator"/>, which trains a backbone to tell classes of images: a column of images and a label
    /// in, <c>PredictedLabel</c> (a key with the label's values) and <c>Score</c> (the probability of each class) out.
    /// </summary>
    /// <remarks>
    /// The context's seed decides everything random. A label that is a key gives scores of all its keys, those without images among them;
    /// other labels become keys. The data are read once, and images in memory are kept in temporary files while <c>Fit</c> runs.
    /// </remarks>
    /// <param name="catalog">The multiclass trainers' catalog.</param>
    /// <param name="options">Columns, what is trained and how; null takes the defaults.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.MulticlassClassification.Trainers.FineTunedBackbone()
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer model = pipeline.Fit(mlContext.Data.LoadImageFolder("photos"));
    /// </code>
    /// </example>
    public static FineTunedBackboneEstimator FineTunedBackbone(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTunedBackboneEstimator(FineTuningTask.Multiclass, options ?? new FineTuningOptions(), new CatalogContext(catalog));
    }

    /// <summary>
    /// Create a <see cref="FineTunedBackboneEstimator"/>, which trains a backbone to answer a question about images: a column of images and
    /// a Boolean label in, <c>PredictedLabel</c> (Boolean), <c>Score</c> (the logit of yes) and <c>Probability</c> (of yes) out.
    /// </summary>
    /// <remarks>The context's seed decides everything random.</remarks>
    /// <param name="catalog">The binary trainers' catalog.</param>
    /// <param name="options">Columns, what is trained and how; null takes the defaults.</param>
    public static FineTunedBackboneEstimator FineTunedBackbone(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTunedBackboneEstimator(FineTuningTask.Binary, options ?? new FineTuningOptions(), new CatalogContext(catalog));
    }

    /// <summary>
    /// Create a <see cref="FineTunedBackboneEstimator"/>, which trains a backbone to give a number for an image: a column of images and a
    /// label of type <see cref="float"/> in, <c>Score</c> (in the label's unit) out.
    /// </summary>
    /// <remarks>
    /// The context's seed decides everything random. Inside, labels are less their mean and in standard deviations, so learning rates do not
    /// depend on their unit; <see cref="Recipe.Loss"/> is the mean squared error unless it says Huber. Settings that are for classes are
    /// refused: label smoothing, balanced epochs and class weights.
    /// </remarks>
    /// <param name="catalog">The regression trainers' catalog.</param>
    /// <param name="options">Columns, what is trained and how; null takes the defaults.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Regression.Trainers.FineTunedBackbone();
    /// ITransformer model = pipeline.Fit(photos); // ImagePath, Label
    /// RegressionMetrics metrics = mlContext.Regression.Evaluate(model.Transform(others));
    /// </code>
    /// </example>
    public static FineTunedBackboneEstimator FineTunedBackbone(
        this RegressionCatalog.RegressionTrainers catalog, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTunedBackboneEstimator(FineTuningTask.Regression, options ?? new FineTuningOptions(), new CatalogContext(catalog));
    }

    /// <summary>
    /// Create a <see cref="FineTunedBackboneEstimator"/>, which trains a backbone to give an image any number of labels, or none: a column of
    /// images and a column of vectors of text, as many as an image has labels, in; <c>Score</c> (the probability of each label, each by itself,
    /// in slots of the labels' names) and <c>PredictedLabels</c> (text, a vector of those labels that reach their threshold) out.
    /// </summary>
    /// <remarks>
    /// The context's seed decides everything random. <see cref="TrainingOptions.Thresholds"/> says from which probability on a label is given.
    /// Settings that are for images of one class are refused: other losses, balanced epochs and class weights.
    /// </remarks>
    /// <param name="catalog">The multiclass trainers' catalog: ML.NET has none of several labels.</param>
    /// <param name="options">Columns, what is trained and how; null takes the defaults.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.MulticlassClassification.Trainers.MultiLabelFineTunedBackbone(
    ///     new FineTuningOptions { LabelColumnName = "Labels" });
    /// ITransformer model = pipeline.Fit(photos); // ImagePath, Labels
    /// </code>
    /// </example>
    public static FineTunedBackboneEstimator MultiLabelFineTunedBackbone(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTunedBackboneEstimator(FineTuningTask.MultiLabel, options ?? new FineTuningOptions(), new CatalogContext(catalog));
    }
}
