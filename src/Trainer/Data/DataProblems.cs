using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Looks through a data set for what spoils a training or its figures.</summary>
internal static class DataProblems
{
    /// <summary>What a report says in place of problems that were not looked for.</summary>
    public const string NotJudged =
        "Labels were not judged, and copies were looked for by their pixels: the features of random weights do not say what an image shows.";

    private const int FewImages = 5;
    internal const string Training = "to train on", Measuring = "to measure on";
    private const double UnbalancedRatio = 3;

    /// <summary>Finds the problems. The files are opened where two have the same length, and all where the features say nothing.</summary>
    /// <param name="train">
    /// Images to train on, and their features by a backbone that was not trained on them: one that was shows no wrong labels, and whole
    /// classes as near duplicates.
    /// </param>
    /// <param name="validation">Images to validate on, and their features by the same backbone; may be none.</param>
    /// <param name="skipped">Files of either that could not be read.</param>
    /// <param name="pretrained">Whether the backbone had learned to see: the features of random weights are alike for all images.</param>
    /// <param name="balanced">Whether each class counts the same in training.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The gravest first; none where nothing was found.</returns>
    public static IReadOnlyList<DataProblem> Find(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation,
        IReadOnlyList<SkippedImage> skipped,
        bool pretrained = true, bool balanced = false, CancellationToken cancellationToken = default)
    {
        LabeledFeatures[] all = All(train, validation);
        return
        [
            .. OfImages(train, validation, LabelWords.Classes, pretrained, cancellationToken),
            .. pretrained ? LabelDoubts.Among(all, cancellationToken) : [],
            .. Unreadable(skipped),
            .. Odd(all),
            .. ClassSizes(train, Training, balanced),
            .. ClassSizes(validation, Measuring, balanced: true),
        ];
    }

    /// <summary>Finds the problems of images whose labels are numbers; which of those are doubtful, the report's largest errors show.</summary>
    /// <inheritdoc cref="Find"/>
    public static IReadOnlyList<DataProblem> FindWithValues(
        IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation, IReadOnlyList<SkippedImage> skipped, bool pretrained,
        CancellationToken cancellationToken) =>
    [
        .. OfImages(train, validation, LabelWords.Values, pretrained, cancellationToken),
        .. Unreadable(skipped),
        .. Odd(All(train, validation)),
    ];

    /// <summary>Finds the problems of images with any number of labels; which of those are doubtful, the report's worst images show.</summary>
    /// <inheritdoc cref="Find"/>
    public static IReadOnlyList<DataProblem> FindWithLabels(
        IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation, IReadOnlyList<SkippedImage> skipped, bool pretrained,
        CancellationToken cancellationToken) =>
    [
        .. OfImages(train, validation, LabelWords.Labels, pretrained, cancellationToken),
        .. Unreadable(skipped),
        .. Odd(All(train, validation)),
        .. RareLabels(train, Training),
        .. RareLabels(validation, Measuring),
    ];

    // A folder may be trained and validated on; its images are then looked at once.
    private static LabeledFeatures[] All(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
    {
        var trained = train.Select(image => image.ImagePath).ToHashSet(StringComparer.Ordinal);
        return [.. train, .. validation.Where(image => !trained.Contains(image.ImagePath))];
    }

    /// <summary>Images that there are twice.</summary>
    private static IEnumerable<DataProblem> OfImages(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation,
        LabelWords words, bool pretrained, CancellationToken cancellationToken)
    {
        var trained = train.Select(image => image.ImagePath).ToHashSet(StringComparer.Ordinal);
        LabeledFeatures[] all = All(train, validation), onlyValidated = all[train.Count..];
        IReadOnlyList<IReadOnlyList<LabeledFeatures>> copies = FileCopies.Among(all, cancellationToken);
        return
        [
            .. OnBothSides(validation.Count - onlyValidated.Length, validation.Count),
            .. copies.Select(same => Copies(same, trained, words)).OrderBy(problem => problem.Kind == words.Kind ? 0 : 1),
            .. pretrained
                ? NearDuplicates(train, onlyValidated, EmbeddingIndex.NearDuplicateThreshold, copies, words, cancellationToken)
                : NearDuplicates(ImageSketches.Of(train, cancellationToken), ImageSketches.Of(onlyValidated, cancellationToken),
                    ImageSketches.CopyThreshold, copies, words, cancellationToken),
        ];
    }

    private static IEnumerable<DataProblem> OnBothSides(int shared, int validated)
    {
        if (shared > 0)
        {
            yield return new DataProblem(DataProblem.ExactDuplicates,
                $"{shared} of the {validated} images to validate on are trained on as well, so the figures are too good.",
                "Validate on others.", []);
        }
    }

    private static DataProblem Copies(IReadOnlyList<LabeledFeatures> same, HashSet<string> trained, LabelWords words)
    {
        string[] labels = [.. same.Select(image => words.Show(image.Label)).Distinct().Order(StringComparer.Ordinal)];
        int inTraining = same.Count(image => trained.Contains(image.ImagePath));
        string files = $"{same.Count} files have the same bytes";
        string[] paths = [.. same.Select(image => image.ImagePath)];
        return labels.Length > 1
            ? new DataProblem(words.Kind, $"{files} and {words.Differ(string.Join("', '", labels))}.", words.Remedy, paths)
            : inTraining > 0 && inTraining < same.Count
            ? new DataProblem(DataProblem.ExactDuplicates,
                $"{files}. Some are trained on and some validated on, so the figures are too good.", "Keep one.", paths)
            : new DataProblem(DataProblem.ExactDuplicates, $"{files}. They count as often as there are copies.", "Keep one.", paths);
    }

    private static List<DataProblem> NearDuplicates(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation,
        double threshold,
        IReadOnlyList<IReadOnlyList<LabeledFeatures>> copies, LabelWords words, CancellationToken cancellationToken)
    {
        var copied = copies.SelectMany(same => same).Select(image => image.ImagePath).ToHashSet(StringComparer.Ordinal);
        var index = new EmbeddingIndex(train.Select(image => new ImageFeatures(image.ImagePath, image.Features, null)));
        var labels = train.ToDictionary(image => image.ImagePath, image => image.Label, StringComparer.Ordinal);
        var found = new List<(double Similarity, DataProblem Problem)>();
        foreach (LabeledFeatures image in validation)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (copied.Contains(image.ImagePath) || index.Nearest(image.Features, 1) is not [SimilarImage nearest]
                || nearest.Similarity < threshold) continue;
            string other = labels[nearest.Path];
            string message = string.Create(CultureInfo.InvariantCulture,
                $"An image to validate on is nearly the same as one to train on (similarity {nearest.Similarity:F3})");
            found.Add((nearest.Similarity, other == image.Label
                ? new DataProblem(DataProblem.NearDuplicates, $"{message}, so the figures are too good.",
                    "Keep both on one side of the split, or one of them only.", [image.ImagePath, nearest.Path])
                : new DataProblem(words.Kind, $"{message}, and they {words.Differ($"{words.Show(image.Label)}' and '{words.Show(other)}")}.", words.Remedy,
                    [image.ImagePath, nearest.Path])));
        }

        return [.. found.OrderByDescending(pair => pair.Similarity).Select(pair => pair.Problem)];
    }

    private static IEnumerable<DataProblem> Unreadable(IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count > 0)
        {
            yield return new DataProblem(DataProblem.Unreadable,
                $"{(skipped.Count == 1 ? "1 file" : $"{skipped.Count} files")} could not be read ({string.Join(", ", skipped.GroupBy(file => file.Reason).Select(group => $"'{group.Key}': {group.Count()}"))}).",
                "Mend or remove them.", [.. skipped.Select(file => file.Path)]);
        }
    }

    private static IEnumerable<DataProblem> Odd(LabeledFeatures[] images) => images
        .Where(image => image.Warning is not null)
        .GroupBy(image => image.Warning, image => image.ImagePath)
        .Select(group => new DataProblem(DataProblem.Odd,
            $"{(group.Count() == 1 ? "1 image" : $"{group.Count()} images: each")} {group.Key}.",
            "Look at them: replace or remove those that show nothing.", [.. group]));

    internal static IEnumerable<DataProblem> ClassSizes(IReadOnlyList<LabeledFeatures> images, string use, bool balanced)
    {
        (string Label, int Images)[] classes = [.. images.CountBy(image => image.Label).Select(count => (count.Key, count.Value))
            .OrderBy(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
        (string Label, int Images)[] small = [.. classes.Where(entry => entry.Images < FewImages)];
        if (small.Length > 0)
        {
            yield return new DataProblem(DataProblem.SmallClasses,
                $"Fewer than {FewImages} images {use}: {string.Join(", ", small.Select(entry => $"'{entry.Label}' ({entry.Images})"))}. {(use == Training ? "Such a class is hardly learned." : "The figures of such a class mean little.")}",
                "Add images.", []);
        }

        if (!balanced && classes.Length > 1 && classes[^1].Images > UnbalancedRatio * classes[0].Images)
        {
            ((string fewest, int least), (string most, int greatest)) = (classes[0], classes[^1]);
            yield return new DataProblem(DataProblem.Unbalanced, string.Create(CultureInfo.InvariantCulture,
                $"Class '{most}' has {greatest} images {use}, {(double)greatest / least:F1} times as many as class '{fewest}' with {least}: the smaller is guessed too rarely."),
                "Train with balanced class weights, or add images of the smaller.", [])
            {
                Setting = new Setting(nameof(ClassificationHeadOptions.ClassWeights)),
            };
        }
    }

    internal static IEnumerable<DataProblem> RareLabels(IReadOnlyList<LabeledFeatures> images, string use)
    {
        (string Label, int Images)[] rare = [.. images.SelectMany(image => LabelSet.Parse(image.Label)).CountBy(label => label).Select(count => (count.Key, count.Value))
            .Where(entry => entry.Value < FewImages).OrderBy(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
        if (rare.Length > 0)
        {
            yield return new DataProblem(DataProblem.SmallClasses,
                $"Fewer than {FewImages} images {use}: {string.Join(", ", rare.Select(entry => $"'{entry.Label}' ({entry.Images})"))}. {(use == Training ? "Such a label is hardly learned." : "The figures of such a label mean little.")}",
                "Add images.", []);
        }
    }
}
