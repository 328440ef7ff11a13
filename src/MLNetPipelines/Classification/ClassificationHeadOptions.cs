namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a <see cref="ClassificationHead"/> is trained.</summary>
public sealed record ClassificationHeadOptions
{
    /// <summary>How much an image of each class counts.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>
    /// Weight of half the sum of the squared weights beside the sum of the images' losses, 0 or more. More of it makes the classifier less sure of what it
    /// was trained on (benchmarks/HeadSelection).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0 or no finite number.</exception>
    public float L2Regularization
    {
        get;
        init => field = float.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(L2Regularization), value, "A weight of regularization is 0 or more.");
    } = DefaultL2Regularization;

    internal const float DefaultL2Regularization = 0.01f;
}
