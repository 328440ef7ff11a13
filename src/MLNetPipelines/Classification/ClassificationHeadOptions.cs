namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a <see cref="ClassificationHead"/> is trained.</summary>
public sealed record ClassificationHeadOptions
{
    /// <summary>How much an image of each class counts.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;
}
