using System.Globalization;

namespace ResNetMLNet.Trainer;

/// <summary>Which part of the trained weights a network kept, as the validation images chose it.</summary>
/// <param name="Share">The part, 0 to 1; the rest are the weights that training started with.</param>
/// <param name="Candidates">What it was chosen from, the usual one first.</param>
public sealed record WeightMixingChoice(double Share, IReadOnlyList<WeightMixingCandidate> Candidates)
{
    /// <summary>
    /// Validation images whose figures are of another part than <see cref="Share"/>: the choice was made ten times more, each time without a
    /// tenth of the images, which are measured with what the others chose.
    /// </summary>
    public required int OtherImages { get; init; }

    /// <summary>What has to be said of the figures; null where all are of the network that was kept.</summary>
    public string? Note => OtherImages == 0 ? null : string.Create(CultureInfo.InvariantCulture,
        $"{OtherImages} of these images are measured with another part of the trained weights than {Share}, the network's: without a tenth of the images, the others choose another.");

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Share} of the trained weights, chosen by the validation images from {string.Join(", ", Candidates.Select(candidate => candidate.ToString()))}");
}

/// <summary>A part of the trained weights that was tried.</summary>
/// <param name="Share">The part, 0 to 1.</param>
/// <param name="Loss">
/// Mean over the validation images, as in an epoch's record: of classes the log-loss; of numbers the recipe's loss, in standard deviations.
/// </param>
public sealed record WeightMixingCandidate(double Share, double Loss)
{
    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Share} (loss {Loss:F3})");
}
