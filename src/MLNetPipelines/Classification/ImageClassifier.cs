using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A trained image classifier, from files to probabilities: a model whose first part is an <see cref="ImageFeaturizingTransformer"/>
/// and whose rest gives <c>Score</c> and <c>PredictedLabel</c> (text).
/// </summary>
public sealed class ImageClassifier : IDisposable
{
    private readonly MLContext mlContext = new();
    private readonly TransformerChain<ITransformer> model;

    private ImageClassifier(TransformerChain<ITransformer> model)
    {
        this.model = model;
        ITransformer[] parts = [.. Parts(model)];
        int featurizer = Array.FindIndex(parts, part => part is ImageFeaturizingTransformer);
        if (featurizer < 0) throw new InvalidDataException("The model is no image classifier: there is no ImageFeaturizingTransformer in it.");
        Featurizer = ((ImageFeaturizingTransformer)parts[featurizer]).Featurizer;
        Head = new TransformerChain<ITransformer>(parts[(featurizer + 1)..]);
        IDataView none = LabeledFeatures.ToDataView(mlContext, [new LabeledFeatures("", "", new float[Featurizer.FeatureCount])]);
        Classes = ClassNames.Of(Head.GetOutputSchema(none.Schema));
    }

    /// <summary>Makes the features.</summary>
    public ImageFeaturizer Featurizer { get; }

    /// <summary>Makes probabilities of features.</summary>
    public TransformerChain<ITransformer> Head { get; }

    /// <summary>The classes' names, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Opens a model that <c>mlContext.Model.Save</c> wrote. Open models that you trust only: see <c>LoadImageModel</c>.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no model of an image classifier, or damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageClassifier Load(string path, FeaturizeImagesOptions? options = null)
    {
        TransformerChain<ITransformer> model = new MLContext().Model.LoadImageModel(path, out _, options);
        try
        {
            return new ImageClassifier(model);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException)
        {
            model.Dispose();
            throw new InvalidDataException($"'{path}' is no image classifier: {e.Message}", e);
        }
    }

    /// <summary>Takes a model that was trained in this process.</summary>
    /// <param name="model">A chain with an <see cref="ImageFeaturizingTransformer"/>; disposing of the classifier disposes of it.</param>
    /// <exception cref="InvalidDataException">It is no image classifier.</exception>
    public static ImageClassifier Of(TransformerChain<ITransformer> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new ImageClassifier(model);
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
        Func<float[], IReadOnlyList<ClassProbability>>? rank = null;
        foreach (ImageFeatures image in images)
        {
            yield return new ImagePrediction(image.Path, image.Features is { } features ? (rank ??= CreateRanking())(features) : [], image.Error);
        }
    }

    /// <summary>
    /// Writes the whole classifier as one ONNX file for users of ONNX Runtime without ML.NET: <c>pixels</c>, uint8 RGB [N, H, W, 3], in;
    /// <c>probabilities</c>, float [N, classes], out, beside the features. The metadata property <c>resnetmlnet.labels</c> has the classes' names.
    /// </summary>
    /// <param name="path">The file, written whole or not at all; one that is there is replaced.</param>
    /// <exception cref="InvalidDataException">The head is not one that <see cref="ClassificationHead"/> trains.</exception>
    public void ExportOnnx(string path)
    {
        byte[] onnx = OnnxClassifier.Write(Featurizer.Model, Head, Classes);
        WholeFile.Write(path, file => file.Write(onnx));
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => model.Dispose();

    /// <summary>Ranks the classes by one image's features, the most probable first. What it returns is for one thread at a time.</summary>
    internal Func<float[], IReadOnlyList<ClassProbability>> CreateRanking()
    {
        IDataView none = LabeledFeatures.ToDataView(mlContext, [new LabeledFeatures("", "", new float[Featurizer.FeatureCount])]);
        PredictionEngine<LabeledFeatures, ScoredImage> engine = mlContext.Model.CreatePredictionEngine<LabeledFeatures, ScoredImage>(Head, none.Schema);
        return features => Rank(engine.Predict(new LabeledFeatures("", "", features)).Score);
    }

    private static IEnumerable<ITransformer> Parts(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [model];

    private ClassProbability[] Rank(float[] score) =>
        [.. Classes.Zip(score, (name, probability) => new ClassProbability(name, probability)).OrderByDescending(c => c.Probability)];

    private sealed class ScoredImage
    {
        public float[] Score { get; set; } = [];
    }
}

/// <summary>What a classifier makes of an image.</summary>
/// <param name="Path">The image's path, as it was given.</param>
/// <param name="Ranking">Every class, the most probable first; empty where the image could not be read.</param>
/// <param name="Error">Why the image could not be read, as the end of a sentence that starts with the image; null where it could.</param>
public sealed record ImagePrediction(string Path, IReadOnlyList<ClassProbability> Ranking, string? Error);

/// <summary>A class and how probable it is, 0 to 1.</summary>
public sealed record ClassProbability(string Label, double Probability);
