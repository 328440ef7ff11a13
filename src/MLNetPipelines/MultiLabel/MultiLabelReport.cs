namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How good predicted labels are on images whose labels are known. Figures are defined as in scikit-learn; means over the labels are of those
/// that at least one of these images has.
/// </summary>
public sealed record MultiLabelReport
{
    /// <summary>Images that the figures are of.</summary>
    public required int Images { get; init; }

    /// <summary>Mean of the labels' average precision (mAP), 0 to 1; it depends on no threshold. Null where no image has a label.</summary>
    public double? MeanAveragePrecision => MeanOver(label => label.AveragePrecision!.Value);

    /// <summary>F1 of all decisions together, image by label, 0 to 1; 0 where no label is given or had.</summary>
    public double MicroF1 => F1(Labels.Sum(label => label.TruePositives), Labels.Sum(label => label.Predicted), Labels.Sum(label => label.Images));

    /// <summary>Mean of the labels' F1, 0 to 1. Null where no image has a label.</summary>
    public double? MacroF1 => MeanOver(label => label.F1);

    /// <summary>
    /// The part of the pairs of a label that an image has and one that it lacks in which the first is not the more probable, 0 to 1: the mean
    /// over the images; those with all labels or none count 0.
    /// </summary>
    public required double RankingLoss { get; init; }

    /// <summary>Mean of -ln(probability of the truth) over images and labels; 0 is perfect.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Figures of each label, in the model's order.</summary>
    public required IReadOnlyList<LabelFigures> Labels { get; init; }

    private IEnumerable<LabelFigures> Measured => Labels.Where(label => label.Images > 0);

    /// <summary>Compares predictions with the truth.</summary>
    /// <param name="names">The labels that the model knows.</param>
    /// <param name="thresholds">The probability from which on an image is given each of them.</param>
    /// <param name="labels">The labels of each image, at least one image; those that the model does not know are passed over.</param>
    /// <param name="probabilities">[N][labels], in the order of <paramref name="names"/>.</param>
    public static MultiLabelReport Of(
        IReadOnlyList<string> names, IReadOnlyList<float> thresholds, IReadOnlyList<IReadOnlyCollection<string>> labels,
        IReadOnlyList<float[]> probabilities)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(thresholds);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(probabilities);
        if (labels.Count == 0) throw new ArgumentException("There are no images to measure on.", nameof(labels));
        if (labels.Count != probabilities.Count)
            throw new ArgumentException($"There are {probabilities.Count} predictions for {labels.Count} images.", nameof(probabilities));
        bool[][] truth = MultiLabelHead.Truth(labels, names);
        return new MultiLabelReport
        {
            Images = labels.Count,
            RankingLoss = Enumerable.Range(0, labels.Count).Average(i => Misranked([.. truth.Select(has => has[i])], probabilities[i])),
            LogLoss = Enumerable.Range(0, labels.Count).Average(i => truth.Select((has, label) => LossOf(probabilities[i][label], has[i])).Average()),
            Labels = [.. names.Select((name, label) => Of(name, thresholds[label], truth[label], [.. probabilities.Select(image => image[label])]))],
        };
    }

    /// <summary>Compares a model's predictions with the truth.</summary>
    /// <param name="classifier">One that gives any number of labels.</param>
    /// <param name="features">[N]: what <see cref="ImageClassifier.Featurizer"/> made of each image.</param>
    /// <param name="labels">The labels of each image, at least one image; those that the model does not know are passed over.</param>
    /// <exception cref="InvalidDataException">The classifier gives an image one class.</exception>
    public static MultiLabelReport Of(
        ImageClassifier classifier, IReadOnlyList<float[]> features, IReadOnlyList<IReadOnlyCollection<string>> labels)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return Of(
            classifier.Classes, classifier.Thresholds ?? throw new InvalidDataException("The model gives an image one class. ClassificationReport measures it."),
            labels, [.. classifier.Probabilities(features)]);
    }

    internal static double F1(int right, int predicted, int images) => predicted + images == 0 ? 0 : 2.0 * right / (predicted + images);

    private static LabelFigures Of(string name, float threshold, bool[] truth, float[] probabilities) => new(name, threshold, truth.Count(has => has))
    {
        AveragePrecision = RankedImages.AveragePrecision(truth, probabilities),
        Predicted = probabilities.Count(probability => probability >= threshold),
        TruePositives = truth.Zip(probabilities).Count(image => image.First && image.Second >= threshold),
    };

    private static double Misranked(bool[] truth, float[] probabilities)
    {
        int had = truth.Count(has => has), pairs = had * (truth.Length - had);
        if (pairs == 0) return 0;
        int wrong = 0;
        for (int a = 0; a < truth.Length; a++)
            for (int b = 0; b < truth.Length; b++)
                if (truth[a] && !truth[b] && probabilities[a] <= probabilities[b]) wrong++;
        return (double)wrong / pairs;
    }

    // As scikit-learn does, a probability of 0 counts as the least that there is.
    private static double LossOf(float probability, bool truth) => -Math.Log(Math.Max(truth ? probability : 1 - (double)probability, float.Epsilon));

    private double? MeanOver(Func<LabelFigures, double> figure) => Measured.Any() ? Measured.Average(figure) : null;
}

/// <summary>How good a model is on one label.</summary>
/// <param name="Label">The label.</param>
/// <param name="Threshold">The probability from which on an image is given it.</param>
/// <param name="Images">Images that have it.</param>
public sealed record LabelFigures(string Label, double Threshold, int Images)
{
    /// <summary>
    /// The sum over all thresholds of the precision there times what recall gains there, 0 to 1; null where no image has the label.
    /// </summary>
    public required double? AveragePrecision { get; init; }

    /// <summary>Images that were given it.</summary>
    public required int Predicted { get; init; }

    /// <summary>Images that were given it and have it.</summary>
    public required int TruePositives { get; init; }

    /// <summary>The part of the images given it that have it, 0 to 1; 0 where none was given it.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)TruePositives / Predicted;

    /// <summary>The part of the images that have it that were given it, 0 to 1; 0 where none has it.</summary>
    public double Recall => Images == 0 ? 0 : (double)TruePositives / Images;

    /// <summary>Harmonic mean of precision and recall, 0 to 1.</summary>
    public double F1 => MultiLabelReport.F1(TruePositives, Predicted, Images);
}
