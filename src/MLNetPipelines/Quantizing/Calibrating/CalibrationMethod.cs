namespace ResNetMLNet.MLNetPipelines;

/// <summary>How the range of a value is chosen that 8 bits stand for: what is beyond it is cut off, what is within is rounded.</summary>
public enum CalibrationMethod
{
    /// <summary>From the smallest to the largest number seen: nothing is cut off.</summary>
    MinMax,

    /// <summary>All but one number in a hundred thousand (percentile 99.999), so that single outliers do not coarsen the rest.</summary>
    Percentile,

    /// <summary>The range with the least mean squared error of rounding and cutting off.</summary>
    MeanSquaredError,

    /// <summary>
    /// The range whose rounded distribution loses least information (Kullback-Leibler divergence; Migacz 2017, "8-bit Inference with
    /// TensorRT").
    /// </summary>
    Entropy,
}
