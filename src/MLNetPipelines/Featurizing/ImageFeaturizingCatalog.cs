using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="TransformsCatalog"/> that featurize images.</summary>
public static class ImageFeaturizingCatalog
{
    /// <summary>
    /// Create an <see cref="ImageFeaturizingEstimator"/>, which turns the images of the column <paramref name="inputColumnName"/>
    /// into the features that a backbone gives for them: a new column, <paramref name="outputColumnName"/>.
    /// </summary>
    /// <param name="catalog">The transform's catalog.</param>
    /// <param name="outputColumnName">Name of the column resulting from the transformation of <paramref name="inputColumnName"/>.
    /// This column's data type will be a known-sized vector of <see cref="float"/>.</param>
    /// <param name="inputColumnName">Name of the column to transform. This estimator operates over text, the path of a JPEG, PNG, GIF,
    /// BMP or WebP file; over vectors of <see cref="byte"/>, the content of such a file; and over <see cref="Data.MLImage"/>.</param>
    /// <param name="modelPath">The backbone: an ONNX file that <c>resnet-mlnet export</c> wrote.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <remarks>
    /// Where an image cannot be read, <c>Fit</c> of a pipeline ends in an <see cref="UnreadableImageException"/> that names it. Behind
    /// <c>AppendCacheCheckpoint</c>, and with trainers that read on several threads, ML.NET wraps it ("Event we were waiting on was subject
    /// to an exception"): <see cref="Exception.GetBaseException"/> gives it. <c>ImageClassification</c>, which caches too, throws it as it
    /// is.
    /// </remarks>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file.</exception>
    /// <exception cref="System.IO.InvalidDataException">The file is not a backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    /// <example>
    /// <code>
    /// IDataView photos = mlContext.Data.LoadImageFolder("photos");
    ///
    /// // Outside the pipeline, so that its model takes images without labels:
    /// var labels = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(photos);
    ///
    /// var pipeline = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", "backbone.onnx")
    ///     .AppendCacheCheckpoint(mlContext)
    ///     .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy())
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer model = pipeline.Fit(labels.Transform(photos));
    /// </code>
    /// </example>
    public static ImageFeaturizingEstimator FeaturizeImages(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        string modelPath,
        FeaturizeImagesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageFeaturizingEstimator(outputColumnName, inputColumnName, ImageFeaturizer.Open(modelPath, options));
    }

    /// <inheritdoc cref="FeaturizeImages(TransformsCatalog, string, string, string, FeaturizeImagesOptions?)"/>
    /// <param name="catalog">The transform's catalog.</param>
    /// <param name="outputColumnName">Name of the column resulting from the transformation of <paramref name="inputColumnName"/>.
    /// This column's data type will be a known-sized vector of <see cref="float"/>.</param>
    /// <param name="inputColumnName">Name of the column to transform: text, vectors of <see cref="byte"/> or
    /// <see cref="Data.MLImage"/>.</param>
    /// <param name="model">The backbone: the bytes of an ONNX file that <c>resnet-mlnet export</c> wrote. They are read to the end at
    /// once.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    public static ImageFeaturizingEstimator FeaturizeImages(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        Stream model,
        FeaturizeImagesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageFeaturizingEstimator(outputColumnName, inputColumnName, ImageFeaturizer.Open(model, options));
    }
}
