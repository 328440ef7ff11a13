using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images whose class looks wrong to two judges: a classifier that has not seen them, by confident learning (Northcutt et al. 2019,
/// arXiv:1911.00068, section 3.1), and the images most like them. The classifier alone doubts four times as many right labels
/// (benchmarks/LabelDoubts).
/// </summary>
internal static class LabelDoubts
{
    private const int Folds = 5;
    private const int Neighbours = 10;
    private const int Disagreeing = 9;

    // What doubts were counted with in benchmarks/LabelDoubts; one chosen for each fold would take longer and doubt otherwise.
    private static readonly ClassificationHeadOptions MeasuredHead = new()
    {
        Scaling = FeatureScaling.UnitLength,
        L2Regularization = 0.01f
    };

    /// <summary>
    /// Finds them; those that the classifier is surest of come first. Classes with fewer images than there are folds, 5, are not judged.
    /// </summary>
    public static IReadOnlyList<DataProblem> Among(
        IReadOnlyList<LabeledFeatures> images, CancellationToken cancellationToken, int disagreeing = Disagreeing)
    {
        LabeledFeatures[] judged = [.. images.GroupBy(image => image.Label).Where(group => group.Count() >= Folds).SelectMany(
            group => group)];
        string[] classes = [.. judged.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2) return [];

        var labels = judged.Select(image => image.Label).ToArray();
        float[][] probabilities = OutOfFold(judged, cancellationToken);
        int[] confident = ConfidentClasses(probabilities, Array.ConvertAll(labels, label => Array.IndexOf(classes, label)), classes.Length);
        var index = new EmbeddingIndex(judged.Select(image => new ImageFeatures(image.ImagePath, image.Features, null)));
        var labelOf = judged.ToDictionary(image => image.ImagePath, image => image.Label, StringComparer.Ordinal);
        var found = new List<(float Probability, DataProblem Problem)>();
        for (int i = 0; i < judged.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (confident[i] < 0 || classes[confident[i]] == labels[i]) continue;
            string[] nearest = [.. index.Nearest(judged[i].Features, Neighbours + 1).Where(other => other.Path != judged[i].ImagePath)
                .Take(Neighbours).Select(other => labelOf[other.Path])];
            int others = nearest.Count(label => label != labels[i]);
            if (others * Neighbours < disagreeing * nearest.Length) continue;
            float probability = probabilities[i][confident[i]];
            found.Add((probability, new DataProblem(DataProblem.DoubtfulLabel, string.Create(CultureInfo.InvariantCulture,
                $"An image labelled '{labels[i]}' looks like '{classes[confident[i]]}': a classifier that has not seen it gives that {probability:F2} "
                + $"(and '{labels[i]}' {probabilities[i][Array.IndexOf(classes, labels[i])]:F2}), and {others} of the {nearest.Length} images most like it are of other classes."),
                "Look at it, and correct its class.", [judged[i].ImagePath])
            {
                Value = probability,
            }));
        }

        return [.. found.OrderByDescending(entry => entry.Probability).Select(entry => entry.Problem)];
    }

    /// <summary>The probabilities that a classifier trained on the other folds gives each image.</summary>
    private static float[][] OutOfFold(LabeledFeatures[] images, CancellationToken cancellationToken)
    {
        // Neighbours in a folder are often photos of the same moment, which would vouch for each other: a fold is a run of them.
        int[] folds = new int[images.Length];
        foreach (IGrouping<string, int> members in Enumerable.Range(0, images.Length).GroupBy(i => images[i].Label))
        {
            int[] positions = [.. members];
            for (int rank = 0; rank < positions.Length; rank++) folds[positions[rank]] = (int)((long)rank * Folds / positions.Length);
        }

        float[][] probabilities = new float[images.Length][];
        Parallel.For(0, Folds, new ParallelOptions { CancellationToken = cancellationToken }, fold =>
        {
            var mlContext = new MLContext(seed: 1);
            ITransformer head = ClassificationHead.Fit(mlContext, [.. images.Where((_, i) => folds[i] != fold)], MeasuredHead);
            int[] held = [.. Enumerable.Range(0, images.Length).Where(i => folds[i] == fold)];
            IDataView scored = head.Transform(LabeledFeatures.ToDataView(mlContext, [.. held.Select(i => images[i])]));
            foreach ((int i, float[] scores) in held.Zip(scored.GetColumn<float[]>("Score"))) probabilities[i] = scores;
        });

        return probabilities;
    }

    /// <summary>
    /// The class that an image surely looks to be of: the most probable among those whose probability is at least what their own images
    /// have on average; -1 where there is none.
    /// </summary>
    internal static int[] ConfidentClasses(float[][] probabilities, int[] labels, int classes)
    {
        double[] thresholds = [.. Enumerable.Range(0, classes).Select(
            c => probabilities.Where((_, i) => labels[i] == c).Average(p => p[c]))];
        return Array.ConvertAll(probabilities, p => Enumerable.Range(0, classes).Where(c => p[c] >= thresholds[c]).DefaultIfEmpty(-1)
            .MaxBy(c => c < 0 ? 0 : p[c]));
    }
}
