using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A trained model of images, whatever it gives: an <see cref="ImageClassifier"/> or an <see cref="ImageRegressor"/>.</summary>
public interface IImageModel : IDisposable
{
    /// <summary>Makes the features.</summary>
    ImageFeaturizer Featurizer { get; }
}

/// <summary>Opens a model by what it gives.</summary>
public static class ImageModel
{
    /// <summary>Opens a model that <c>mlContext.Model.Save</c> wrote. Open models that you trust only: see <c>LoadImageModel</c>.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <returns>An <see cref="ImageRegressor"/> where it gives one number for an image, otherwise an <see cref="ImageClassifier"/>.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a model of neither, or it is damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static IImageModel Load(string path, FeaturizeImagesOptions? options = null)
    {
        TransformerChain<ITransformer> model = new MLContext().Model.LoadImageModel(path, out _, options);
        string name = $"'{DisplayText.Of(path, 300)}'";
        return Regressor(model, name) ?? (IImageModel)ImageClassifier.Open(model, name);
    }

    private static ImageRegressor? Regressor(TransformerChain<ITransformer> model, string name)
    {
        try
        {
            return ImageRegressor.TryOf(model, name);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException)
        {
            return null; // the classifier says what is missing
        }
    }
}
