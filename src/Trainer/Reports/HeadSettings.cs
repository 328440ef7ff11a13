using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How a head was fitted.</summary>
/// <param name="Scaling"><c>unit length</c> or <c>standardized</c>.</param>
/// <param name="L2Regularization">
/// As <see cref="ClassificationHeadOptions.L2Regularization"/> has it, or <see cref="RegressionHeadOptions.L2Regularization"/>.
/// </param>
public sealed record HeadSettings(string Scaling, float L2Regularization)
{
    /// <summary>Those of options that leave nothing open.</summary>
    public static HeadSettings Of(FeatureScaling? scaling, float? l2) =>
        new(scaling == FeatureScaling.Standardized ? "standardized" : "unit length", l2!.Value);

    /// <summary>For people.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{(Scaling == "standardized" ? "standardized features" : "features of unit length")}, L2 {L2Regularization}");
}
