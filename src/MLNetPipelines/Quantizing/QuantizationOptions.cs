namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a network is quantized.</summary>
public sealed record QuantizationOptions
{
    internal const int FewImages = 32;

    /// <summary>How the range of each value is chosen (benchmarks/Quantization compares them).</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.MeanSquaredError;

    /// <summary>
    /// Whether the mean of what rounding the weights adds to each channel is taken out of its bias (Nagel et al. 2019, arXiv:1906.04721,
    /// section 4.2). Cross-layer equalization, from the same paper, is left out: it evens out channels, which have a scale each here.
    /// </summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>
    /// Images that ranges are chosen on, at most; at least 1. Of fewer images a third is left to check on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int CalibrationCount
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(CalibrationCount), value,
            "A network is calibrated on 1 image or more; some hundred are good.");
    } = 400;

    /// <summary>Images that the result is checked on, at most; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int CheckCount
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(CheckCount), value,
            "A quantized network is checked on 1 image or more.");
    } = 400;

    /// <summary>Images to check on; null, the default, checks on those that are not calibrated on.</summary>
    public CalibrationImages? CheckImages { get; init; }

    /// <summary>
    /// Whether weights have 7 bits in place of 8, so that no sum overflows on processors without VNNI whoever runs the file. This library
    /// avoids the overflow there by itself; <c>mlContext.Model.Load</c> and other programs do not.
    /// </summary>
    public bool Portable { get; init; }

    /// <summary>The most that accuracy may fall, in points (hundredths), 0 to 100, where classes are known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 0 to 100.</exception>
    public double MaxDrop
    {
        get;
        init => field = value is >= 0 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(MaxDrop), value,
            "Accuracy may fall by 0 to 100 points.");
    } = 0.5;

    /// <summary>The least mean cosine between an image's features before and after, 0 to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 0 to 1.</exception>
    public double MinCosine
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MinCosine), value,
            "A cosine of features is 0 to 1.");
    } = 0.98;

    /// <summary>Whether convolutions are written in equal forms that run faster.</summary>
    public ExactRewrites Rewrites { get; init; } = ExactRewrites.Auto;

    /// <summary>Chooses the images, where there are more than are needed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How images are decoded; a model keeps its own way.</summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new();
}

/// <summary>
/// Whether convolutions are written in forms that compute the same and that ONNX Runtime has fast integer kernels for: a grouped
/// convolution as several dense ones, channels padded to a multiple of 16.
/// </summary>
public enum ExactRewrites
{
    /// <summary>Where that is faster on this processor, by a trial of a second or two. The file depends on its outcome.</summary>
    Auto,

    /// <summary>Nowhere: the network as it is.</summary>
    Never,

    /// <summary>Wherever it can be, without a trial: the same file on every machine.</summary>
    Always,
}
