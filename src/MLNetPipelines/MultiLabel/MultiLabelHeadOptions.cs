namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a <see cref="MultiLabelHead"/> is fitted. What is null is chosen by cross-validation on the images to train on.</summary>
public sealed record MultiLabelHeadOptions
{
    /// <summary>How features are scaled; null chooses.</summary>
    public FeatureScaling? Scaling { get; init; }

    /// <summary>
    /// Weight of half the sum of a label's squared weights beside the sum of its losses, 0 or more; null chooses. It is for features with a
    /// mean squared length of 1, to which both scalings bring them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public float? L2Regularization
    {
        get;
        init => field = value is null || (float.IsFinite(value.Value) && value >= 0) ? value
            : throw new ArgumentOutOfRangeException(nameof(L2Regularization), value, "A weight of regularization is 0 or more; null chooses one.");
    }

    /// <summary>From which probability on an image is given a label.</summary>
    public LabelThresholds Thresholds { get; init; } = LabelThresholds.BestF1;

    /// <summary>Chooses the folds of the cross-validation. The same seed gives the same head.</summary>
    public int Seed { get; init; } = 1;
}
