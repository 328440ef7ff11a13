using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// From where on <see cref="DataCheck"/> reports an image. How many ordinary photos the defaults report: benchmarks/DataCheck.
/// </summary>
public sealed record DataCheckOptions
{
    /// <summary>An image is dark if 99 % of its pixels are below this brightness, 0 to 1; the default is cleanvision's.</summary>
    public double Dark { get; init; } = 0.32;

    /// <summary>An image is bright if 95 % of its pixels are above this brightness, 0 to 1; the default is cleanvision's.</summary>
    public double Bright { get; init; } = 0.95;

    /// <summary>An image has no content if its entropy is below this, in bits; the default is cleanvision's.</summary>
    public double Entropy { get; init; } = 3;

    /// <summary>
    /// An image is blurred if its sharpest part is below this: <see cref="ImageStatistics.Sharpness"/>. The default was chosen on 900 photos
    /// of flowers.
    /// </summary>
    public double Sharpness { get; init; } = 1.5;

    /// <summary>An aspect ratio is odd if the shorter side is below this part of the longer one; the default is cleanvision's.</summary>
    public double AspectRatio { get; init; } = 0.35;

    /// <summary>
    /// An image is tiny if its shorter side is below this part of the network's input and below half of what is usual in the data.
    /// </summary>
    public double Size { get; init; } = 0.25;

    /// <summary>The least cosine similarity of near duplicates, -1 to 1.</summary>
    public double Similarity { get; init; } = EmbeddingIndex.NearDuplicateThreshold;

    /// <summary>
    /// An image is an outlier if its mean cosine distance to the 10 images most like it is so many interquartile ranges above the upper
    /// quartile of all images. The default, 1.7, is that of cleanlab's Datalab (Kuan and Mueller 2022, arXiv:2207.03061).
    /// </summary>
    public double OutlierRanges { get; init; } = 1.7;

    /// <summary>
    /// Whether the featurizer has learned to see; by the features of random weights no label is judged and no outlier found, and near
    /// duplicates are looked for by a few pixels.
    /// </summary>
    public bool Pretrained { get; init; } = true;
}
