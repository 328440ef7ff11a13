namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a <see cref="ClassificationHead"/> is trained. What is null is chosen by cross-validation on the images to train on.</summary>
public sealed record ClassificationHeadOptions
{
    internal const float DefaultL2Regularization = 0.01f;

    /// <summary>The head where there are too few images to choose one by, and the one that a choice has to beat (benchmarks/HeadSelection).</summary>
    internal static ClassificationHeadOptions Usual { get; } =
        new() { Scaling = FeatureScaling.UnitLength, L2Regularization = DefaultL2Regularization };

    /// <summary>How much an image of each class counts.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    /// <summary>How features are scaled; null chooses.</summary>
    public FeatureScaling? Scaling { get; init; }

    /// <summary>
    /// Weight of half the sum of the squared weights beside the sum of the images' losses, 0 or more; null chooses. With more of it the
    /// classifier is less sure of the images that it was trained on. It is for features of unit length: standardized ones have a mean squared
    /// length of their number, by which it is multiplied for them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public float? L2Regularization
    {
        get;
        init => field = value is null || (float.IsFinite(value.Value) && value >= 0) ? value
            : throw new ArgumentOutOfRangeException(nameof(L2Regularization), value, "A weight of regularization is 0 or more; null chooses one.");
    }

    /// <summary>Chooses the folds of the cross-validation. The same seed gives the same head.</summary>
    public int Seed { get; init; } = 1;
}
