using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A trained model that gives a number for an image, from files to values: a model with one <see cref="ImageFeaturizingTransformer"/> and
/// behind it whatever makes one <c>Score</c> of its features alone, such as a regression trainer of ML.NET.
/// </summary>
public sealed class ImageRegressor : IImageModel
{
    private const string Kind = "an image regressor";

    private readonly TransformerChain<ITransformer> model;
    private readonly HeadChain head;

    private ImageRegressor(TransformerChain<ITransformer> model, ImageFeaturizer featurizer, HeadChain head) =>
        (this.model, Featurizer, this.head) = (model, featurizer, head);

    private static ImageRegressor Of(TransformerChain<ITransformer> model, string name) => TryOf(model, name)
        ?? throw new InvalidDataException($"{name} is not {Kind}: its 'Score' is of classes. ImageClassifier opens it.");

    /// <summary>Takes a model, of which it disposes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Names it in messages, as their subject.</param>
    /// <returns>Null where its scores are of classes.</returns>
    /// <exception cref="InvalidDataException">It does not make scores of images.</exception>
    internal static ImageRegressor? TryOf(TransformerChain<ITransformer> model, string name)
    {
        (ImageFeaturizingTransformer featurizing, _, IEnumerable<ITransformer> behind) = HeadChain.Split(model, name, Kind);
        ImageFeaturizer featurizer = featurizing.Featurizer;
        var head = new HeadChain(new MLContext(), name, Kind, behind, featurizing.OutputColumnName, featurizer.FeatureCount);
        return head.Scored[HeadChain.Score].Type == NumberDataViewType.Single && head.Scored.GetColumnOrNull("PredictedLabel") is null
            ? new ImageRegressor(model, featurizer, head)
            : null;
    }

    /// <summary>Makes the features.</summary>
    public ImageFeaturizer Featurizer { get; }

    /// <summary>Opens a model that <c>mlContext.Model.Save</c> wrote. Open models that you trust only: see <c>LoadImageModel</c>.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a model that gives one number for an image, or it is damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageRegressor Load(string path, FeaturizeImagesOptions? options = null)
    {
        TransformerChain<ITransformer> model = new MLContext().Model.LoadImageModel(path, out _, options);
        string name = $"'{DisplayText.Of(path, 300)}'";
        try
        {
            return Of(model, name);
        }
        catch (ArgumentOutOfRangeException mismatch)
        {
            model.Dispose();
            throw new InvalidDataException($"{name} is not {Kind}: {InnermostCause.Describe(mismatch)}", mismatch);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Takes a model that was trained in this process.</summary>
    /// <param name="model">A chain with an <see cref="ImageFeaturizingTransformer"/>; disposing of the regressor disposes of it.</param>
    /// <exception cref="InvalidDataException">It does not give one number for an image.</exception>
    public static ImageRegressor Of(TransformerChain<ITransformer> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(model, "The model");
    }

    /// <summary>Gives images their values, in the order given; an image that cannot be read gives its error and stops nothing.</summary>
    /// <param name="paths">JPEG, PNG, GIF, BMP or WebP files, whatever their names say.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public IEnumerable<ImageValue> Predict(IEnumerable<string> paths, CancellationToken cancellationToken = default) =>
        Predict(Featurizer.Featurize(paths, cancellationToken));

    /// <summary>Gives images whose features are at hand their values, in the order given.</summary>
    /// <param name="images">What <see cref="Featurizer"/> gave, errors included; each is looked at when it is asked for.</param>
    public IEnumerable<ImageValue> Predict(IEnumerable<ImageFeatures> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        Func<float[], double>? engine = null;
        foreach (ImageFeatures image in images)
        {
            yield return new ImageValue(image.Path, image.Features is { } features
                ? (engine ??= head.CreateEngine<NumberRow, double>(row => row.Score))(features) : null, image.Error);
        }
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => model.Dispose();
}

/// <summary>The number that a model gives for an image.</summary>
/// <param name="Path">The image's path, as it was given.</param>
/// <param name="Value">In the unit of the values that were trained on; null where the image could not be read.</param>
/// <param name="Error">Why the image could not be read, as the end of a sentence that starts with the image; null where it could.</param>
public sealed record ImageValue(string Path, double? Value, string? Error);
