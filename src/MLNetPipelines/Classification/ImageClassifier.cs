using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A trained image classifier, from files to probabilities: a model with one <see cref="ImageFeaturizingTransformer"/>, whatever its
/// columns are called, and behind it whatever makes classes of its features alone: a multiclass or binary trainer of ML.NET, on labels of
/// any type, or a <see cref="MultiLabelHead"/>, whose classes are labels that an image has any number of.
/// </summary>
/// <remarks>
/// Parts of the model that have nothing to do with that, such as the mapping of a label to a key, are passed over. Classes are named by the
/// labels, numbers among them as invariant text; those of a binary classifier are <c>False</c> and <c>True</c>. Where a trainer gives
/// margins in place of probabilities (<c>SdcaNonCalibrated</c>, a perceptron without a calibrator), the softmax of the margins ranks the
/// classes in the same order, uncalibrated.
/// </remarks>
public sealed class ImageClassifier : IImageModel
{
    private readonly TransformerChain<ITransformer> model;
    private readonly ClassifierHead head;
    private readonly Lazy<LinearHead> linear;

    /// <param name="model">The model.</param>
    /// <param name="name">Names it in messages, as their subject.</param>
    private ImageClassifier(TransformerChain<ITransformer> model, string name)
    {
        this.model = model;
        (ImageFeaturizingTransformer featurizing, Unknown, IEnumerable<ITransformer> behind) =
            HeadChain.Split(model, name, "an image classifier");
        Featurizer = featurizing.Featurizer;
        head = new ClassifierHead(
            new MLContext(), name, behind, featurizing.OutputColumnName, Featurizer.FeatureCount, Featurizer.Options.Normalize);
        linear = new Lazy<LinearHead>(() => LinearHeadReader.Read(head));
    }

    /// <summary>Makes the features.</summary>
    public ImageFeaturizer Featurizer { get; }

    /// <summary>Makes scores of features, which it takes under the name that the model has for them.</summary>
    public TransformerChain<ITransformer> Head => head.Chain;

    /// <summary>The classes' names, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes => head.Classes;

    /// <summary>
    /// The probability from which on an image is given each of <see cref="Classes"/>, where it has any number of them; null where it has one.
    /// </summary>
    public IReadOnlyList<float>? Thresholds => head.Labels?.Thresholds;

    /// <summary>How unlike the training images an image is; null where the model cannot tell.</summary>
    public UnknownScore? Unknown { get; }

    /// <summary>The head in numbers.</summary>
    /// <exception cref="InvalidDataException">It is not linear.</exception>
    public LinearHead Linear => linear.Value;

    /// <summary>Opens a model that <c>mlContext.Model.Save</c> wrote. Open models that you trust only: see <c>LoadImageModel</c>.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a model of an image classifier, or it is damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageClassifier Load(string path, FeaturizeImagesOptions? options = null)
    {
        TransformerChain<ITransformer> model = new MLContext().Model.LoadImageModel(path, out _, options);
        return Open(model, $"'{DisplayText.Of(path, 300)}'");
    }

    /// <summary>Takes a model, of which it disposes, also where it is not a classifier.</summary>
    internal static ImageClassifier Open(TransformerChain<ITransformer> model, string name)
    {
        try
        {
            return new ImageClassifier(model, name);
        }
        catch (ArgumentOutOfRangeException mismatch)
        {
            model.Dispose();
            throw new InvalidDataException($"{name} is not an image classifier: {InnermostCause.Describe(mismatch)}", mismatch);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Takes a model that was trained in this process.</summary>
    /// <param name="model">A chain with an <see cref="ImageFeaturizingTransformer"/>; disposing of the classifier disposes of it.</param>
    /// <exception cref="InvalidDataException">It is not an image classifier.</exception>
    public static ImageClassifier Of(TransformerChain<ITransformer> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new ImageClassifier(model, "The model");
    }

    /// <summary>Classifies images, in the order given; an image that cannot be read gives its error and stops nothing.</summary>
    /// <param name="paths">JPEG, PNG, GIF, BMP or WebP files, whatever their names say.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<string> paths, CancellationToken cancellationToken = default) =>
        Predict(Featurizer.Featurize(paths, cancellationToken));

    /// <summary>Classifies images whose features are at hand, in the order given.</summary>
    /// <param name="images">What <see cref="Featurizer"/> gave, errors included; each is classified when it is asked for.</param>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<ImageFeatures> images)
    {
        Func<string, float[], ImagePrediction>? predict = null;
        foreach (ImageFeatures image in images)
        {
            yield return image.Features is { } features
                ? (predict ??= CreateEngine())(image.Path, features)
                : new ImagePrediction(image.Path, [], image.Error);
        }
    }

    /// <summary>
    /// Writes the whole classifier as one ONNX file for users of ONNX Runtime without ML.NET: <c>pixels</c>, uint8 RGB [N, H, W, 3], in;
    /// <c>probabilities</c>, float [N, classes], out, beside the features. The metadata property <c>resnetmlnet.labels</c> has the classes'
    /// names; where an image has any number of them, each probability is by itself, and <c>resnetmlnet.thresholds</c> has
    /// <see cref="Thresholds"/>.
    /// </summary>
    /// <param name="path">The file, written whole or not at all; one that is there is replaced.</param>
    /// <exception cref="InvalidDataException">The head is not linear; the message says which part of it is not.</exception>
    public void ExportOnnx(string path)
    {
        byte[] onnx = OnnxClassifier.Write(Featurizer.Model, BackboneFile.NameOf(Featurizer.Options.Output), Linear, Classes, Thresholds);
        WholeFile.Write(path, file => file.Write(onnx));
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => model.Dispose();

    /// <summary>
    /// The probability of each class, in the order of <see cref="Classes"/>, by features that <see cref="Featurizer"/> made.
    /// </summary>
    internal IEnumerable<float[]> Probabilities(IReadOnlyList<float[]> features) => head.Probabilities(features);

    /// <summary>Predicts from an image's path and features. What it returns is for one thread at a time.</summary>
    internal Func<string, float[], ImagePrediction> CreateEngine()
    {
        Func<float[], float[]> engine = head.CreateEngine();
        return (path, features) =>
        {
            float[] probabilities = engine(features);
            ClassProbability[] ranking = Rank(probabilities);
            string[] given = head.Labels?.Pick(probabilities) ?? [ranking[0].Label];
            return new ImagePrediction(path, ranking, null)
            {
                Labels = [.. ranking.Select(one => one.Label).Intersect(given)],
                UnknownScore = Unknown?.Of(features),
            };
        };
    }

    private ClassProbability[] Rank(float[] probabilities) =>
        [.. Classes.Zip(probabilities, (name, probability) => new ClassProbability(name, probability))
            .OrderByDescending(c => c.Probability)];
}

/// <summary>What a classifier makes of an image.</summary>
/// <param name="Path">The image's path, as it was given.</param>
/// <param name="Ranking">Every class, the most probable first; empty where the image could not be read.</param>
/// <param name="Error">Why the image could not be read, as the end of a sentence that starts with the image; null where it could.</param>
public sealed record ImagePrediction(string Path, IReadOnlyList<ClassProbability> Ranking, string? Error)
{
    /// <summary>
    /// What the image is given, the most probable first: one class, or where it has any number of labels those that reach
    /// <see cref="ImageClassifier.Thresholds"/>, maybe none; none where it could not be read.
    /// </summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>
    /// How unlike the training images it is: 0 is the median of known images, and above <see cref="UnknownScore.Limit"/> it is taken for
    /// unknown. Null where the model cannot tell, or the image could not be read.
    /// </summary>
    public double? UnknownScore { get; init; }

    /// <summary>
    /// Whether it is taken for an image of one of the classes, which keeps the share of those that training was asked to; null where
    /// <see cref="UnknownScore"/> is.
    /// </summary>
    public bool? IsKnown => UnknownScore is double score ? MLNetPipelines.UnknownScore.IsKnown(score) : null;
}

/// <summary>A class and how probable it is, 0 to 1.</summary>
public sealed record ClassProbability(string Label, double Probability);
