using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Data;

/// <summary>Looks through a data set for what spoils a training or its figures.</summary>
internal static class DataProblems
{
    /// <summary>
    /// The least cosine similarity of near duplicates: of 42 flower photos under resnet18_mlnet, copies at JPEG quality 60 have 0.93 to 0.99,
    /// copies at 70 % of the size 0.91 to 0.99; of 200 photos no two have 0.94.
    /// </summary>
    public const double NearDuplicateThreshold = 0.94;

    private const int FewImages = 5;
    private const double UnbalancedRatio = 3;

    /// <summary>Finds the problems. The files are opened where two have the same length.</summary>
    /// <param name="train">
    /// Images to train on, and their features by a backbone that was not trained on them: one that was shows no wrong labels, and whole classes as near duplicates.
    /// </param>
    /// <param name="validation">Images to validate on, and their features by the same backbone; may be none.</param>
    /// <param name="skipped">Files of either that could not be read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The gravest first; none where nothing was found.</returns>
    public static IReadOnlyList<DataProblem> Find(
        IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation, IReadOnlyList<SkippedImage> skipped, CancellationToken cancellationToken = default)
    {
        // A folder may be trained and validated on; its images are then looked at once.
        var trained = train.Select(image => image.ImagePath).ToHashSet(StringComparer.Ordinal);
        LabeledFeatures[] onlyValidated = [.. validation.Where(image => !trained.Contains(image.ImagePath))];
        LabeledFeatures[] all = [.. train, .. onlyValidated];
        IReadOnlyList<IReadOnlyList<LabeledFeatures>> copies = FileCopies.Among(all, cancellationToken);
        return
        [
            .. OnBothSides(validation.Count - onlyValidated.Length, validation.Count),
            .. copies.Select(same => Copies(same, trained)),
            .. NearDuplicates(train, onlyValidated, copies, cancellationToken),
            .. LabelDoubts.Among(all, cancellationToken),
            .. Unreadable(skipped),
            .. Odd(all),
            .. ClassSizes(train),
        ];
    }

    private static IEnumerable<DataProblem> OnBothSides(int shared, int validated)
    {
        if (shared > 0)
        {
            yield return new DataProblem(DataProblem.ExactDuplicates,
                $"{shared} of the {validated} images to validate on are trained on as well, so the figures are too good. Validate on others.", []);
        }
    }

    private static DataProblem Copies(IReadOnlyList<LabeledFeatures> same, HashSet<string> trained)
    {
        string[] labels = [.. same.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        int inTraining = same.Count(image => trained.Contains(image.ImagePath));
        string consequence = labels.Length > 1 ? $"They are of different classes, '{string.Join("', '", labels)}': keep one."
            : inTraining > 0 && inTraining < same.Count ? "Some are trained on and some validated on, so the figures are too good."
            : "They count as often as there are copies.";
        return new DataProblem(DataProblem.ExactDuplicates, $"{same.Count} files have the same bytes. {consequence}", [.. same.Select(image => image.ImagePath)]);
    }

    private static List<DataProblem> NearDuplicates(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation,
        IReadOnlyList<IReadOnlyList<LabeledFeatures>> copies, CancellationToken cancellationToken)
    {
        var copied = copies.SelectMany(same => same).Select(image => image.ImagePath).ToHashSet(StringComparer.Ordinal);
        var index = new EmbeddingIndex(train.Select(image => new ImageFeatures(image.ImagePath, image.Features, null)));
        var found = new List<(double Similarity, DataProblem Problem)>();
        foreach (LabeledFeatures image in validation)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (copied.Contains(image.ImagePath)) continue;
            if (index.Nearest(image.Features, 1) is [{ Similarity: >= NearDuplicateThreshold } nearest])
            {
                found.Add((nearest.Similarity, new DataProblem(DataProblem.NearDuplicates,
                    string.Create(CultureInfo.InvariantCulture, $"An image to validate on is nearly the same as one to train on (similarity {nearest.Similarity:F3}), so the figures are too good."),
                    [image.ImagePath, nearest.Path])));
            }
        }

        return [.. found.OrderByDescending(pair => pair.Similarity).Select(pair => pair.Problem)];
    }

    private static IEnumerable<DataProblem> Unreadable(IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count > 0)
        {
            yield return new DataProblem(DataProblem.Unreadable,
                $"{(skipped.Count == 1 ? "1 file" : $"{skipped.Count} files")} could not be read ({string.Join(", ", skipped.GroupBy(file => file.Reason).Select(group => $"'{group.Key}': {group.Count()}"))}).",
                [.. skipped.Select(file => file.Path)]);
        }
    }

    private static IEnumerable<DataProblem> Odd(LabeledFeatures[] images) => images
        .Where(image => image.Warning is not null)
        .GroupBy(image => image.Warning, image => image.ImagePath)
        .Select(group => new DataProblem(DataProblem.Odd, $"{(group.Count() == 1 ? "1 image" : $"{group.Count()} images: each")} {group.Key}.", [.. group]));

    private static IEnumerable<DataProblem> ClassSizes(IReadOnlyList<LabeledFeatures> train)
    {
        (string Label, int Images)[] classes = [.. train.GroupBy(image => image.Label).Select(group => (group.Key, group.Count())).OrderBy(entry => entry.Item2).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
        (string Label, int Images)[] small = [.. classes.Where(entry => entry.Images < FewImages)];
        if (small.Length > 0)
        {
            yield return new DataProblem(DataProblem.SmallClasses,
                $"Fewer than {FewImages} images to train on: {string.Join(", ", small.Select(entry => $"'{entry.Label}' ({entry.Images})"))}. Such a class is hardly learned; add images.", []);
        }

        if (classes.Length > 1 && classes[^1].Images > UnbalancedRatio * classes[0].Images)
        {
            ((string fewest, int least), (string most, int greatest)) = (classes[0], classes[^1]);
            yield return new DataProblem(DataProblem.Unbalanced, string.Create(CultureInfo.InvariantCulture,
                $"Class '{most}' has {greatest} images to train on, {(double)greatest / least:F1} times as many as class '{fewest}' with {least}: the smaller is guessed too rarely."), []);
        }
    }
}
