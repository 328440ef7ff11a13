using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>How many images of the classes a classifier takes for known, by <see cref="UnknownScore"/>.</summary>
/// <param name="Kept">
/// The part of the images that are measured, 0 to 1. Where they set the limit themselves, each is judged by the limit that the images
/// outside of its tenth set.
/// </param>
/// <param name="Keep">The part that the training was asked to keep; null for an evaluation, since a model does not say.</param>
public sealed record KnownImages(double Kept, double? Keep = null)
{
    /// <summary>By a limit that other images have set.</summary>
    internal static KnownImages Of(UnknownScore unknown, IReadOnlyList<LabeledFeatures> images, double? keep = null) =>
        new(images.Average(image => UnknownScore.IsKnown(unknown.Of(image.Features)) ? 1.0 : 0), keep);

    /// <summary>By limits that the other folds set.</summary>
    /// <param name="unknown">The score.</param>
    /// <param name="images">[N].</param>
    /// <param name="foldOf">[N].</param>
    /// <param name="keep">The part to keep.</param>
    internal static KnownImages CrossFitted(UnknownScore unknown, IReadOnlyList<LabeledFeatures> images, int[] foldOf, double keep)
    {
        double[] scores = [.. images.Select(image => unknown.Of(image.Features))];
        double[] limits = ImageFolds.ChosenByOthers(foldOf, others => UnknownScore.Quantile([.. others.Select(i => scores[i])], keep));
        return new(scores.Zip(limits, (score, limit) => score <= limit ? 1.0 : 0).Average(), keep);
    }
}
