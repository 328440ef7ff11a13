using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The probability from which an image is given a label, one for each label: chosen on predictions of images to train on that were not
/// learned, never on those that figures are quoted on.
/// </summary>
public abstract record LabelThresholds
{
    /// <summary>Where fewer images have a label, a chosen threshold would be chance: it is <see cref="Usual"/>.</summary>
    public const int FewestImages = 5;

    /// <summary>The threshold where none is chosen.</summary>
    public const float Usual = 0.5f;

    private const string BestName = "best-f1", PrecisionName = "precision=";

    private protected LabelThresholds()
    {
    }

    /// <summary>Each label's best F1, the harmonic mean of precision and recall.</summary>
    public static LabelThresholds BestF1 { get; } = new Best();

    /// <summary>The same probability for all labels: nothing is chosen.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not a probability.</exception>
    public static LabelThresholds Fixed(float probability = Usual) => probability is >= 0 and <= 1
        ? new Same(probability)
        : throw new ArgumentOutOfRangeException(nameof(probability), probability, "A threshold is a probability, 0 to 1.");

    /// <summary>
    /// The lowest from which on the wanted part of the images given a label have it; where no threshold reaches that, the one that comes nearest.
    /// </summary>
    /// <param name="precision">Above 0, and 1 at most.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not such a number.</exception>
    public static LabelThresholds AtPrecision(double precision) => precision is > 0 and <= 1
        ? new Wanted(precision)
        : throw new ArgumentOutOfRangeException(nameof(precision), precision, "A wanted precision is above 0, and 1 at most.");

    /// <summary>What <see cref="ToString"/> writes: <c>best-f1</c>, <c>precision=0.9</c> or a probability.</summary>
    /// <exception cref="FormatException">It is none of them; the message says so.</exception>
    public static LabelThresholds Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == BestName) return BestF1;
        bool wanted = text.StartsWith(PrecisionName, StringComparison.Ordinal);
        return double.TryParse(wanted ? text[PrecisionName.Length..] : text, CultureInfo.InvariantCulture, out double value)
            && value is >= 0 and <= 1 && (value > 0 || !wanted)
            ? wanted ? AtPrecision(value) : Fixed((float)value)
            : throw new FormatException($"'{text}' is not a choice of thresholds. Use {BestName}, {PrecisionName}0.9 (or another part), or a probability such as 0.5.");
    }

    /// <summary>Whether predictions are needed to choose by.</summary>
    public virtual bool AreChosen => true;

    /// <summary>Chooses the threshold of one label.</summary>
    /// <param name="truth">[N]: whether each image has the label.</param>
    /// <param name="probabilities">[N]: what a model that has not learned the image gives the label.</param>
    /// <returns>0 to 1.</returns>
    public abstract float Choose(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities);

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public abstract override string ToString();

    private abstract record Chosen : LabelThresholds
    {
        public override float Choose(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities)
        {
            ArgumentNullException.ThrowIfNull(truth);
            ArgumentNullException.ThrowIfNull(probabilities);
            int positives = truth.Count(has => has);
            if (positives < FewestImages) return Usual;
            IReadOnlyList<LabelCut> cuts = LabelCut.All(truth, probabilities);
            return cuts.Count == 0 ? Usual : Among(cuts).Threshold;
        }

        protected abstract LabelCut Among(IReadOnlyList<LabelCut> cuts);
    }

    private sealed record Best : Chosen
    {
        public override string ToString() => BestName;

        protected override LabelCut Among(IReadOnlyList<LabelCut> cuts) => LabelCut.OfBestF1(cuts);
    }

    private sealed record Wanted(double Precision) : Chosen
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PrecisionName}{Precision}");

        protected override LabelCut Among(IReadOnlyList<LabelCut> cuts) => cuts.Any(cut => cut.Precision >= Precision)
            ? cuts.Where(cut => cut.Precision >= Precision).MinBy(cut => cut.Threshold)
            : cuts.MaxBy(cut => (cut.Precision, -cut.Threshold));
    }

    private sealed record Same(float Probability) : LabelThresholds
    {
        public override bool AreChosen => false;

        public override float Choose(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities) => Probability;

        public override string ToString() => Probability.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>A threshold, and what comes of it.</summary>
/// <param name="Threshold">The probability.</param>
/// <param name="Given">Images that are given the label.</param>
/// <param name="Right">Those of them that have it.</param>
/// <param name="Positives">Images that have it.</param>
internal readonly record struct LabelCut(float Threshold, int Given, int Right, int Positives)
{
    public double Precision => (double)Right / Given;

    public double F1 => 2.0 * Right / (Given + Positives);

    /// <summary>Every threshold that decides otherwise than the others, the highest first; it lies between two probabilities.</summary>
    public static IReadOnlyList<LabelCut> All(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities)
    {
        int positives = truth.Count(has => has), right = 0;
        List<LabelCut> cuts = [];
        (float Probability, bool Truth)[] ranked = [.. probabilities.Zip(truth).OrderByDescending(image => image.First)];
        for (int given = 1; given <= ranked.Length; given++)
        {
            if (ranked[given - 1].Truth) right++;
            float above = ranked[given - 1].Probability, below = given < ranked.Length ? ranked[given].Probability : 0;
            if (above > below) cuts.Add(new LabelCut((above + below) / 2, given, right, positives));
        }

        return cuts;
    }

    /// <summary>Of equals the nearest to one half.</summary>
    public static LabelCut OfBestF1(IReadOnlyList<LabelCut> cuts) => cuts.MaxBy(cut => (cut.F1, -Math.Abs(cut.Threshold - LabelThresholds.Usual)));
}
