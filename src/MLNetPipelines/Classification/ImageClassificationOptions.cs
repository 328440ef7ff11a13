using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The parts of an image classifier's estimator chain. Each can be replaced.</summary>
public sealed record ImageClassificationOptions
{
    /// <summary>The column of images: paths (text), the content of image files (vectors of bytes) or <c>MLImage</c>s.</summary>
    public string ImageColumnName { get; init; } = "ImagePath";

    /// <summary>The column of classes, text or of any other type that <c>MapValueToKey</c> takes; it becomes keys.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Device, output of the backbone, a cache on disk.</summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new();

    /// <summary>Whether features are scaled to unit length before the trainer gets them, which suits the default trainer's regularization.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Whether features stay in memory while the trainer learns, so that a trainer of many passes computes them once.</summary>
    public bool CacheInMemory { get; init; } = true;

    /// <summary>
    /// Makes a multiclass trainer of the names of its label column and its feature column; null is maximum entropy by L-BFGS, as
    /// <see cref="ClassificationHead"/> has it.
    /// </summary>
    public Func<string, string, IEstimator<ITransformer>>? Trainer { get; init; }
}
