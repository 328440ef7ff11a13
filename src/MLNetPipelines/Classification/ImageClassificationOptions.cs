using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The parts of an image classifier's estimator chain. Each can be replaced.</summary>
public sealed record ImageClassificationOptions
{
    /// <summary>The column of images: paths (text), the content of image files (vectors of bytes) or <c>MLImage</c>s.</summary>
    public string ImageColumnName { get; init; } = "ImagePath";

    /// <summary>The column of classes: text, any other type that <c>MapValueToKey</c> takes, or keys. What is not a key becomes
    /// one.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Device, output of the backbone, a cache on disk.</summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new();

    /// <summary>
    /// How the classifier is trained where there is no <see cref="Trainer"/>: what it leaves open is chosen by cross-validation.
    /// </summary>
    public ClassificationHeadOptions Head { get; init; } = new();

    /// <summary>
    /// Whether a <see cref="Trainer"/> of your own gets features of unit length, which it may not be set up for:
    /// <c>LbfgsMaximumEntropy()</c> with its default regularization has an accuracy of 0.62 with it and 0.83 without on samples/flowers;
    /// <c>SdcaMaximumEntropy()</c> has 0.85 either way (benchmarks/HeadSelection). The default trainer's features are scaled as
    /// <see cref="Head"/> says.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Whether features stay in memory while the trainer learns, so that a trainer of many passes computes them once.</summary>
    public bool CacheInMemory { get; init; } = true;

    /// <summary>
    /// The part of images of the classes that <c>IsKnown</c> keeps, above 0 and 1 at most: see <see cref="MLNetPipelines.UnknownScore"/>.
    /// </summary>
    public double Keep { get; init; } = UnknownScore.DefaultKeep;

    /// <summary>
    /// Makes a multiclass trainer of the names of its label column and its feature column; null is
    /// <see cref="ClassificationHead"/>'s.
    /// </summary>
    public Func<string, string, IEstimator<ITransformer>>? Trainer { get; init; }
}
