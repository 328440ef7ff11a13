namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a <see cref="RegressionHead"/> is fitted. What is null is chosen by cross-validation on the images to train on.</summary>
public sealed record RegressionHeadOptions
{
    /// <summary>How features are scaled; null chooses.</summary>
    public FeatureScaling? Scaling { get; init; }

    /// <summary>
    /// Weight of the sum of the squared weights beside the sum of the images' squared errors, 0 or more; null chooses. It is for values in
    /// standard deviations and features with a mean squared length of 1, to which both scalings bring them.
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
