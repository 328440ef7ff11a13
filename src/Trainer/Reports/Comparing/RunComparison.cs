using System.Globalization;

namespace ResNetMLNet.Trainer;

/// <summary>Whether a run is less accurate than the best one, or only less lucky.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="Best">The folder of the most accurate run.</param>
/// <param name="WithinNoise">Whether the difference is no more than chance makes.</param>
/// <param name="PValue">McNemar's, where both runs were validated on the same images.</param>
/// <param name="Difference">
/// Where the difference of the accuracies lies at 95 % confidence, best less this, where the images differ.
/// </param>
/// <param name="Text">The same in a sentence.</param>
public sealed record RunComparison(
    string Folder, string Best, bool WithinNoise, double? PValue, ProportionInterval? Difference, string Text)
{
    /// <summary>The p-value below which a difference is more than noise.</summary>
    internal const double Significance = 0.05;

    /// <summary>Every other run against the most accurate.</summary>
    public static IReadOnlyList<RunComparison> Of(IReadOnlyList<RunSummary> runs)
    {
        RunSummary best = runs.MaxBy(run => run.Accuracy)!;
        return [.. runs.Where(run => run != best).Select(run => Of(best, run))];
    }

    /// <summary>A run against the most accurate.</summary>
    public static RunComparison Of(RunSummary best, RunSummary run)
    {
        if (Pairs(best.Predictions, run.Predictions) is { } pairs)
            return Paired(best, run, pairs.Count(pair => pair.Best && !pair.Other), pairs.Count(pair => !pair.Best && pair.Other));

        var difference = ProportionInterval.OfDifference(best.Accuracy, best.ValidationImages, run.Accuracy, run.ValidationImages);
        bool noise = difference.Low <= 0;
        return new RunComparison(run.Folder, best.Folder, noise, null, difference, string.Create(CultureInfo.InvariantCulture,
            $"{run.Folder} is {Verdict(noise)} {best.Folder}: validated on other images, the accuracies differ by {best.Accuracy - run.Accuracy:F3}, "
            + $"at 95 % confidence {difference.Low:F3} to {difference.High:F3}."));
    }

    /// <summary>
    /// McNemar's test (1947, doi:10.1007/BF02295996) in its exact form: images that only one of two runs has right are coin flips if the
    /// runs are equal.
    /// </summary>
    /// <param name="onlyBest">Images that only the best run has right.</param>
    /// <param name="onlyOther">Images that only the other has right.</param>
    /// <returns>How probable a difference as large as this is by chance, 0 to 1.</returns>
    public static double McNemar(int onlyBest, int onlyOther) => MLNetPipelines.McNemar.PValue(onlyBest, onlyOther);

    /// <summary>Whether each image is right in either run; null where the runs were validated on different images.</summary>
    private static (bool Best, bool Other)[]? Pairs(IReadOnlyList<PredictedImage> best, IReadOnlyList<PredictedImage> other)
    {
        if (best.Count == 0 || best.Count != other.Count) return null;
        // The same images may lie elsewhere or be named from another folder; results of earlier versions know them by their paths only.
        bool hashed = best.Concat(other).All(image => image.Sha256.Length > 0);
        PredictedImage[] first = InOrder(best), second = InOrder(other);
        return first.Zip(second).All(pair => Key(pair.First) == Key(pair.Second))
            ? [.. first.Zip(second, (a, b) => (a.Right, b.Right))]
            : null;

        PredictedImage[] InOrder(IEnumerable<PredictedImage> images) =>
            [.. images.OrderBy(image => Key(image).Image, StringComparer.Ordinal).ThenBy(image => image.Label, StringComparer.Ordinal)];

        (string Image, string Label) Key(PredictedImage image) => (hashed ? image.Sha256 : image.Path, image.Label);
    }

    private static RunComparison Paired(RunSummary best, RunSummary run, int onlyBest, int onlyOther)
    {
        double p = McNemar(onlyBest, onlyOther);
        bool noise = p >= Significance;
        return new RunComparison(run.Folder, best.Folder, noise, p, null, string.Create(CultureInfo.InvariantCulture,
            $"{run.Folder} is {Verdict(noise)} {best.Folder}: of the same {best.ValidationImages} images {onlyBest} are right only there and {onlyOther} only here (McNemar, p = {p:F3})."));
    }

    private static string Verdict(bool noise) => noise ? "within noise of" : "less accurate than";
}
