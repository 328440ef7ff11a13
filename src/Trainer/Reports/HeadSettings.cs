using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How a head was fitted.</summary>
/// <param name="Scaling"><c>unit length</c> or <c>standardized</c>.</param>
/// <param name="L2Regularization">As <see cref="ClassificationHeadOptions.L2Regularization"/> has it.</param>
public sealed record HeadSettings(string Scaling, float L2Regularization)
{
    /// <summary>Those of options that leave nothing open.</summary>
    public static HeadSettings Of(ClassificationHeadOptions chosen) =>
        new(chosen.Scaling == FeatureScaling.Standardized ? "standardized" : "unit length", chosen.L2Regularization!.Value);

    /// <summary>For people.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{(Scaling == "standardized" ? "standardized features" : "features of unit length")}, L2 {L2Regularization}");
}
