namespace ResNetMLNet.Trainer;

/// <summary>
/// The part of the trained weights with which the images to validate on have the least loss. The choice is cross-fitted: each image is measured with
/// the part that the images outside of its fold choose: <see cref="ImageFolds.ChosenByOthers"/>.
/// </summary>
internal sealed record MixingChoice
{
    /// <summary>Folds of the images to validate on.</summary>
    public const int Folds = 10;

    /// <summary>
    /// What is tried, the usual part first. Neighbours lie so near that it costs little to take the wrong one of two: where chance decides
    /// between halves and wholes, the folds decide now so, now so, and the figures are worse than those of either (benchmarks/Tuning).
    /// </summary>
    public static IReadOnlyList<double> Candidates { get; } = [WeightMixing.UsualShare, 0.6, 0.75, 0.9, 1];

    // Below that the losses say nothing.
    private const int FewestImages = 20;

    /// <summary>The part that all images choose, which the network gets.</summary>
    public required double Share { get; init; }

    /// <summary>The part that each image is measured with, in their order.</summary>
    public required IReadOnlyList<double> ShareOfImage { get; init; }

    /// <summary>The mean loss of all images with each candidate.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>Chooses.</summary>
    /// <param name="losses">[candidates][N].</param>
    /// <param name="foldOf">[N]: the fold of each image; copies are in the same.</param>
    public static MixingChoice Of(IReadOnlyList<double>[] losses, int[] foldOf)
    {
        return new MixingChoice
        {
            Share = Best([.. Enumerable.Range(0, foldOf.Length)]),
            ShareOfImage = ImageFolds.ChosenByOthers(foldOf, Best),
            Losses = [.. losses.Select(each => each.Average())],
        };

        double Best(int[] images) => foldOf.Length < FewestImages
            ? WeightMixing.UsualShare
            : Candidates.Zip(losses).MinBy(each => images.Average(i => each.Second[i])).First;
    }
}
