using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="MulticlassClassificationCatalog"/> that classify images.</summary>
public static class ImageClassificationCatalog
{
    /// <summary>
    /// Create an estimator that learns a classifier of images on the features of a backbone: classes to keys, images to <c>Features</c>,
    /// features kept in memory, a trainer, and <c>PredictedLabel</c> back to what the classes were.
    /// </summary>
    /// <remarks>
    /// The fitted model saves with <c>mlContext.Model.Save</c> and loads with <c>Load</c>, <c>LoadImageModel</c> and
    /// <see cref="ImageClassifier.Load"/>. (Microsoft.ML.Vision's trainer of the same name, in <c>Trainers</c>, needs TensorFlow.)
    /// </remarks>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="modelPath">The backbone: an ONNX file that <c>resnet-mlnet export</c> wrote.</param>
    /// <param name="options">The parts; null takes the defaults.</param>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file.</exception>
    /// <exception cref="System.IO.InvalidDataException">The file is no backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    /// <example>
    /// <code>
    /// ITransformer model = mlContext.MulticlassClassification.ImageClassification("backbone.onnx").Fit(mlContext.Data.LoadImageFolder("photos"));
    /// </code>
    /// </example>
    public static EstimatorChain<ITransformer> ImageClassification(
        this MulticlassClassificationCatalog catalog, string modelPath, ImageClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        options ??= new ImageClassificationOptions();
        const string Features = nameof(LabeledFeatures.Features);

        // No part draws random numbers, so a context of its own serves whatever the caller's seed is.
        var mlContext = new MLContext();
        TransformsCatalog transforms = mlContext.Transforms;
        EstimatorChain<ITransformer> chain = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(transforms.Conversion.MapValueToKey(options.LabelColumnName))
            .Append<ITransformer>(transforms.FeaturizeImages(Features, options.ImageColumnName, modelPath, options.Featurizing));
        if (options.Normalize) chain = chain.Append<ITransformer>(transforms.NormalizeLpNorm(Features));
        if (options.CacheInMemory) chain = chain.AppendCacheCheckpoint(mlContext);
        return chain
            .Append<ITransformer>(options.Trainer?.Invoke(options.LabelColumnName, Features) ?? ClassificationHead.Trainer(mlContext, options.LabelColumnName, Features))
            .Append<ITransformer>(transforms.Conversion.MapKeyToValue("PredictedLabel"));
    }
}
