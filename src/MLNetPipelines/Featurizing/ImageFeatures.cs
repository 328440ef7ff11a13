namespace ResNetMLNet.MLNetPipelines;

/// <summary>What became of one image: features, or the reason why there are none.</summary>
/// <param name="Path">The image's path, as it was given.</param>
/// <param name="Features"><see cref="ImageFeaturizer.FeatureCount"/> numbers; null where the image could not be read.</param>
/// <param name="Error">
/// Why the image could not be read, as the end of a sentence that starts with the image: "is truncated"; null where it could.
/// </param>
public sealed record ImageFeatures(string Path, float[]? Features, string? Error)
{
    /// <summary>
    /// What may make the features worthless although the image could be read, as the end of such a sentence: "is one flat color after
    /// decoding"; null where nothing is known.
    /// </summary>
    public string? Warning { get; init; }
}
