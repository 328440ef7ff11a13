using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="MulticlassClassificationCatalog"/> that classify images.</summary>
public static class ImageClassificationCatalog
{
    /// <summary>
    /// Create an <see cref="ImageClassificationEstimator"/>, which learns a classifier of images on the features of a backbone: labels to
    /// keys, images to
    /// <c>Features</c>, unit length, features kept in memory, maximum entropy with the regularization that suits them, and
    /// <c>PredictedLabel</c> back to what the
    /// labels were. Each part can be replaced.
    /// </summary>
    /// <remarks>
    /// The fitted model saves with <c>mlContext.Model.Save</c> and loads with <c>Load</c>, <c>LoadImageModel</c> and
    /// <see cref="ImageClassifier.Load"/>. Fitted, or loaded by <c>LoadImageModel</c>, it predicts images without a label column; loaded by
    /// <c>Load</c>, ML.NET's own
    /// mapping of labels asks for one, whatever is in it. (Microsoft.ML.Vision's trainer of the same name, in <c>Trainers</c>, needs
    /// TensorFlow.)
    /// </remarks>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="modelPath">The backbone: an ONNX file that <c>resnet-mlnet export</c> wrote.</param>
    /// <param name="options">The parts; null takes the defaults.</param>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file.</exception>
    /// <exception cref="System.IO.InvalidDataException">The file is not a backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    /// <example>
    /// <code>
    /// ITransformer model = mlContext.MulticlassClassification.ImageClassification("backbone.onnx").Fit(mlContext.Data.LoadImageFolder("photos"));
    /// </code>
    /// </example>
    public static ImageClassificationEstimator ImageClassification(
        this MulticlassClassificationCatalog catalog, string modelPath, ImageClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageClassificationEstimator(modelPath, options ?? new ImageClassificationOptions());
    }
}
