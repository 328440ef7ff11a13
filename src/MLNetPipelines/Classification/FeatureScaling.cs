namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a backbone's features are scaled before a linear classifier reads them.</summary>
public enum FeatureScaling
{
    /// <summary>The features of each image to Euclidean length 1.</summary>
    UnitLength,

    /// <summary>Each feature to mean 0 and standard deviation 1 over the images to train on.</summary>
    Standardized,
}
