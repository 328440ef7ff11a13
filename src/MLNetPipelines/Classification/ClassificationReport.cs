using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How good a classifier is on images whose class is known.</summary>
public sealed record ClassificationReport
{
    /// <summary>Most k that <see cref="TopAccuracies"/> has.</summary>
    public const int LargestTop = 5;

    /// <summary>The part of the images that got their class, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean of -ln(probability of the true class); 0 is perfect, ln(classes) is a guess.</summary>
    public required double LogLoss { get; init; }

    /// <summary>
    /// [k - 1]: the part of the images whose class is among the k most probable, 0 to 1; as many as there are classes, at most
    /// <see cref="LargestTop"/>.
    /// </summary>
    public IReadOnlyList<double> TopAccuracies { get; init; } = [];

    /// <summary>Mean of the classes' <see cref="ClassFigures.RocArea"/>, 0 to 1; null where none has one.</summary>
    public double? MacroRocArea => MeanOf(figures => figures.RocArea);

    /// <summary>Mean of the classes' <see cref="ClassFigures.AveragePrecision"/>, 0 to 1.</summary>
    public double? MacroAveragePrecision => MeanOf(figures => figures.AveragePrecision);

    /// <summary>Mean of the classes' recall, 0 to 1: what <see cref="Accuracy"/> would be if each class had as many images. Classes without
    /// images do not count.</summary>
    public double BalancedAccuracy => PerClass.Where(figures => figures.Images > 0).Average(figures => figures.Recall);

    /// <summary>
    /// How far, on average over the images, the probability of the predicted class is from the part that is right, 0 to 1
    /// (Guo et al. 2017, arXiv:1706.04599, equation 3, over <see cref="Calibration"/>).
    /// </summary>
    public double ExpectedCalibrationError =>
        Calibration.Sum(bin => bin.Images * Math.Abs(bin.Accuracy - bin.Confidence)) / Calibration.Sum(bin => bin.Images);

    /// <summary>Images by the probability of their predicted class: 15 bins of equal width from 0 to 1, in this order, empty ones among
    /// them.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The classes' names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Figures of each class, in the order of <see cref="Classes"/>.</summary>
    public required IReadOnlyList<ClassFigures> PerClass { get; init; }

    /// <summary>Images by true class (row) and predicted class (column), in the order of <see cref="Classes"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>Compares a head's predictions with the truth.</summary>
    /// <param name="mlContext">The context to compute in.</param>
    /// <param name="head">What <see cref="ClassificationHead"/> trained, or any classifier that takes <c>Features</c>.</param>
    /// <param name="images">At least one.</param>
    /// <exception cref="InvalidDataException">An image is of a class that the head does not know, or the head is not a
    /// classifier.</exception>
    public static ClassificationReport Of(MLContext mlContext, ITransformer head, IReadOnlyList<LabeledFeatures> images)
    {
        ClassifierHead classifier = new(mlContext, "The model", [head], nameof(LabeledFeatures.Features), images[0].Features.Length);
        return Of(mlContext, classifier.Classes, Labels(images), classifier.Probabilities([.. images.Select(image => image.Features)]));
    }

    /// <summary>Compares a classifier's predictions with the truth.</summary>
    /// <param name="classifier">The classifier; its probabilities are those of
    /// <see cref="ImageClassifier.Predict(IEnumerable{ImageFeatures})"/>.</param>
    /// <param name="images">At least one, with what <see cref="ImageClassifier.Featurizer"/> made of it.</param>
    /// <exception cref="InvalidDataException">An image is of a class that the classifier does not know.</exception>
    public static ClassificationReport Of(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        if (classifier.Thresholds is not null)
            throw new InvalidDataException("The model gives an image any number of labels, and these have one class. MultiLabelReport measures it.");
        return Of(new MLContext(), classifier.Classes, Labels(images), classifier.Probabilities([.. images.Select(image => image.Features)]));
    }

    /// <summary>Compares probabilities with the truth, whatever gave them.</summary>
    /// <param name="classes">The classes' names.</param>
    /// <param name="labels">[N]: the class of each image; at least one.</param>
    /// <param name="probabilities">[N][classes], in the order of <paramref name="classes"/>.</param>
    /// <exception cref="InvalidDataException">An image is of another class.</exception>
    public static ClassificationReport Of(
        IReadOnlyList<string> classes, IReadOnlyList<string> labels, IReadOnlyList<float[]> probabilities)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(probabilities);
        if (labels.Count == 0) throw new ArgumentException("There are no images to measure on.", nameof(labels));
        if (labels.Count != probabilities.Count)
            throw new ArgumentException($"There are probabilities of {probabilities.Count} images for {labels.Count}.", nameof(probabilities));
        return Of(new MLContext(), classes, labels, probabilities);
    }

    private static string[] Labels(IReadOnlyList<LabeledFeatures> images) => [.. images.Select(image => image.Label)];

    private static ClassificationReport Of(
        MLContext mlContext, IReadOnlyList<string> classes, IReadOnlyList<string> labels, IEnumerable<float[]> probabilities)
    {
        ClassNames.RequireKnown(labels, classes);
        Dictionary<string, uint> keys = classes.Index().ToDictionary(entry => entry.Item, entry => (uint)entry.Index);
        ScoredImage[] rows = [.. labels.Zip(probabilities, (label, score) => new ScoredImage
        {
            Label = keys[label],
            PredictedLabel = (uint)Array.IndexOf(score, score.Max()),
            Score = score,
        })];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(ScoredImage));
        schema[nameof(ScoredImage.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes.Count);
        schema[nameof(ScoredImage.Label)].ColumnType = schema[nameof(ScoredImage.PredictedLabel)].ColumnType =
            new KeyDataViewType(typeof(uint), classes.Count);
        MulticlassClassificationMetrics metrics =
            mlContext.MulticlassClassification.Evaluate(
                mlContext.Data.LoadFromEnumerable(rows, schema), topKPredictionCount: Math.Min(LargestTop, classes.Count));

        return new ClassificationReport
        {
            Accuracy = metrics.MicroAccuracy,
            LogLoss = metrics.LogLoss,
            Calibration = CalibrationBin.Of(rows.Select(row => ((double)row.Score.Max(), row.Label == row.PredictedLabel))),
            Classes = classes,
            TopAccuracies = [.. metrics.TopKAccuracyForAllK],
            PerClass = [.. classes.Select((name, i) => FiguresOf(
                name, metrics.ConfusionMatrix, i, [.. rows.Select(row => row.Label == i)], [.. rows.Select(row => row.Score[i])]))],
            ConfusionMatrix = [.. metrics.ConfusionMatrix.Counts.Select(row => row.Select(count => (int)count).ToArray())],
        };
    }

    private static ClassFigures FiguresOf(string name, ConfusionMatrix matrix, int place, bool[] truth, float[] probabilities)
    {
        LabelCut? best = truth.Contains(true) ? LabelCut.OfBestF1(LabelCut.All(truth, probabilities)) : null;
        return new ClassFigures(name, matrix.PerClassPrecision[place], matrix.PerClassRecall[place], truth.Count(has => has))
        {
            RocArea = RankedImages.RocArea(truth, probabilities),
            AveragePrecision = RankedImages.AveragePrecision(truth, probabilities),
            BestF1 = best?.F1,
            BestF1Threshold = best?.Threshold,
        };
    }

    private double? MeanOf(Func<ClassFigures, double?> figure) => PerClass.Average(figure);

    private sealed class ScoredImage
    {
        public uint Label { get; set; }

        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }
}

/// <summary>How good a classifier is on one class.</summary>
/// <param name="Label">The class's name.</param>
/// <param name="Precision">The part of the images given this class that are of it, 0 to 1; 0 where none was given it.</param>
/// <param name="Recall">The part of this class's images that were given it, 0 to 1; 0 where it has no images.</param>
/// <param name="Images">Images of this class.</param>
public sealed record ClassFigures(string Label, double Precision, double Recall, int Images)
{
    /// <summary>Harmonic mean of precision and recall, 0 to 1.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>
    /// Area under the ROC curve of the class against the others, 0 to 1, where 0.5 is a guess; null where no image is of the class, or every one.
    /// </summary>
    public double? RocArea { get; init; }

    /// <summary>
    /// Area under the precision-recall curve of the class against the others: the sum over all thresholds of the precision there times what
    /// recall gains there, 0 to 1; null where no image is of the class.
    /// </summary>
    public double? AveragePrecision { get; init; }

    /// <summary>
    /// The best F1 of the class against the others, whatever the others' probabilities, and the probability from which on an image is given
    /// the class for it: chosen on these very images, so other images reach a little less. Null where no image is of the class.
    /// </summary>
    public double? BestF1 { get; init; }

    /// <inheritdoc cref="BestF1"/>
    public double? BestF1Threshold { get; init; }
}
