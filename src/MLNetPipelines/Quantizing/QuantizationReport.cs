namespace ResNetMLNet.MLNetPipelines;

/// <summary>What quantizing did to a network, measured on images that it was not calibrated on.</summary>
public sealed record QuantizationReport
{
    /// <summary>The mean over the images of the cosine between their features before and after; 1 is equal.</summary>
    public required double Cosine { get; init; }

    /// <summary>The features' power over that of their errors, in decibels; infinite where there are no errors.</summary>
    public required double SignalToNoise { get; init; }

    /// <summary>
    /// The part of the images that get the same class before and after, 0 to 1: by the model's own classifier, by the file's logits, or by
    /// a linear classifier fitted on the calibration images. Null where there are no classes.
    /// </summary>
    public double? Top1Agreement { get; init; }

    /// <summary>The part of the images that get their own class before quantizing, 0 to 1; null where that is not known.</summary>
    public double? AccuracyBefore { get; init; }

    /// <summary>The same after quantizing.</summary>
    public double? AccuracyAfter { get; init; }

    /// <summary>How probable a difference of accuracy as large as this is by chance, 0 to 1 (McNemar's exact test).</summary>
    public double? PValue { get; init; }

    /// <summary>Layers that had to stay in single precision, in the order in which they were put back.</summary>
    public required IReadOnlyList<FloatOperator> FloatLayers { get; init; }

    /// <summary>All operators that compute in single precision, those layers among them, in the order of the network.</summary>
    public required IReadOnlyList<FloatOperator> FloatOperators { get; init; }

    /// <summary>Convolutions that were written in an equal, faster form, in words.</summary>
    public required IReadOnlyList<string> Rewrites { get; init; }

    /// <summary>Size of the network's file before.</summary>
    public required long BytesBefore { get; init; }

    /// <summary>Size of the network's file after.</summary>
    public required long Bytes { get; init; }

    /// <summary>Images that ranges were chosen on.</summary>
    public required int CalibrationImages { get; init; }

    /// <summary>Images that the figures were measured on.</summary>
    public required int CheckImages { get; init; }

    /// <summary>Images that could not be read, and why.</summary>
    public required IReadOnlyList<PassedOver> Unreadable { get; init; }

    /// <summary>The bare network's images/s in batches of 8 before, on <see cref="Processor"/>.</summary>
    public required double ImagesPerSecondBefore { get; init; }

    /// <summary>The bare network's images/s in batches of 8 after.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The processor that all of it was measured on.</summary>
    public required string Processor { get; init; }

    /// <summary>What has to be known of the result, in whole sentences.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
