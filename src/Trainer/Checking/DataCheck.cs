using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Looks through a data set before anything is trained on it: files that cannot be read, images that show nothing, copies, labels in doubt,
/// outliers, classes of few images. Every image is decoded once, and an image that cannot be read stops nothing.
/// </summary>
/// <example>
/// <code>
/// using ImageDataSet data = ImageDataSet.FromFolder("photos");
/// using ImageFeaturizer featurizer = BackboneTrainer.OpenFeaturizer("resnet18_mlnet");
/// DataCheckReport report = DataCheck.Run(data, featurizer);
/// report.WriteCsv("exclude.csv");
/// using TrainingRun run = BackboneTrainer.Train(data.Without(ImageExclusion.Read("exclude.csv")));
/// </code>
/// </example>
public static class DataCheck
{
    private const string Mend = "Mend or remove them.";

    // The gravest first.
    private static readonly string[] order =
    [
        DataProblem.Unreadable, DataProblem.MissingClasses, DataProblem.TwoClasses, DataProblem.TwoValues, DataProblem.TwoLabelSets,
        DataProblem.NearDuplicates, DataProblem.ExactDuplicates, DataProblem.DoubtfulLabel, DataProblem.Odd, DataProblem.Similar,
        DataProblem.Dark, DataProblem.Bright, DataProblem.Blurred, DataProblem.Tiny, DataProblem.OddShape, DataProblem.Outlier,
        DataProblem.SmallClasses, DataProblem.Unbalanced,
    ];

    /// <summary>Checks images and their classes.</summary>
    /// <param name="data">Of a folder that holds <c>train</c>, <c>val</c> and <c>test</c>, all parts are checked against each other.</param>
    /// <param name="featurizer">
    /// Says what images are like: a backbone that was not trained on them, which would take wrong labels for right and a whole class for copies.
    /// </param>
    /// <param name="options">From where on an image is reported; null takes the defaults.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The folders cannot be listed; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DataCheckReport Run(
        ImageDataSet data, ImageFeaturizer featurizer, DataCheckOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Run(CheckedData.Of(data, progress), featurizer, options, progress, cancellationToken);
    }

    /// <summary>Checks images and their labels; which of those are in doubt is not looked for.</summary>
    /// <inheritdoc cref="Run(ImageDataSet, ImageFeaturizer, DataCheckOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static DataCheckReport Run(
        MultiLabelDataSet data, ImageFeaturizer featurizer, DataCheckOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Run(data.Images, featurizer, options, progress, cancellationToken);
    }

    /// <summary>Checks images and their values; which of those are in doubt is not looked for.</summary>
    /// <inheritdoc cref="Run(ImageDataSet, ImageFeaturizer, DataCheckOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static DataCheckReport Run(
        RegressionDataSet data, ImageFeaturizer featurizer, DataCheckOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Run(data.Images, featurizer, options, progress, cancellationToken);
    }

    /// <summary>Checks images whatever their labels: those of a folder and the folders below it, or of a list.</summary>
    /// <param name="files">The images.</param>
    /// <param name="featurizer">Says what images are like.</param>
    /// <param name="options">From where on an image is reported; null takes the defaults.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DataCheckReport Run(
        ImageFiles files, ImageFeaturizer featurizer, DataCheckOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Run(CheckedData.Of(files), featurizer, options, progress, cancellationToken);
    }

    private static DataCheckReport Run(
        CheckedData data, ImageFeaturizer featurizer, DataCheckOptions? options, IProgress<TrainingEvent>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(featurizer);
        options ??= new DataCheckOptions();
        var clock = Stopwatch.StartNew();
        progress?.Report(new FoldersListed(data.PassedOver));
        foreach (string note in data.ExclusionNotes) progress.Say($"{note}");
        var images = CheckedImages.Of(data, featurizer, options.Pretrained, progress, cancellationToken);
        (IReadOnlyList<DataFinding> exact, CheckedImage[] others) = CopyChecks.Exact(data, CopyChecks.InOrder(images.Images), cancellationToken);
        CheckedImage[] compared = [.. others.Where(image => image.Image.Features.Length > 0)];
        var neighbours = Neighbours.Of(
            [.. compared.Select(image => image.Image.Features)], options.Pretrained ? options.Similarity : ImageSketches.CopyThreshold, progress,
            cancellationToken);
        bool judged = options.Pretrained && data.Task == LearningTask.Classification;
        DataFinding[] findings =
        [
            .. data.LeftOut.Select(line => new DataFinding(DataProblem.Unreadable, null, $"'{line.Path}' {line.Reason}.", Mend)),
            .. images.Skipped.Select(file => new DataFinding(DataProblem.Unreadable, file.Path, $"The file {file.Reason}.", Mend)),
            .. exact,
            .. CopyChecks.Near(data, compared, neighbours),
            .. judged ? LabelDoubts.Among([.. images.Images.Select(image => image.Image)], cancellationToken).SelectMany(DataFinding.Of) : [],
            .. PixelChecks.Of(images.Images, featurizer.Preprocessing.ImageSize, options),
            .. options.Pretrained ? OutlierChecks.Of(compared, neighbours, options.OutlierRanges) : [],
            .. OfTheWhole(data, images.Images),
        ];
        return new DataCheckReport
        {
            Name = data.Name,
            Source = data.Source,
            Images = images.Images.Count + images.Skipped.Count,
            Findings = [.. findings.OrderBy(finding => Array.IndexOf(order, finding.Kind)).Select(Named)],
            Files = data.Images.Select(image => image.ImagePath).Where(path => data.NameOf(path) != path)
                .ToLookup(data.NameOf, StringComparer.Ordinal),
            PassedOver = data.PassedOver,
            NotChecked = [.. NotChecked(data, compared.Length, options)],
            Backbone = featurizer.Architecture,
            Device = featurizer.Device,
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 2),
        };

        // Temporary files say nothing to anybody.
        DataFinding Named(DataFinding finding) => finding with
        {
            Path = finding.Path is null ? null : data.NameOf(finding.Path),
            Other = finding.Other is null ? null : data.NameOf(finding.Other),
        };
    }

    /// <summary>What is wrong with the data and not with one image.</summary>
    private static IEnumerable<DataFinding> OfTheWhole(CheckedData data, IReadOnlyList<CheckedImage> images)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int place, CheckedPart part) in data.Parts.Index())
        {
            int twice = part.Images.Count(image => !seen.Add(image.ImagePath));
            if (twice > 0)
            {
                yield return new DataFinding(DataProblem.ExactDuplicates, null,
                    $"{twice} of the {part.Images.Count} images of '{part.Name}' are trained on as well: the figures on them are too good.",
                    "Measure on others.");
            }

            string[] empty = [.. part.Classes.Except(part.Images.Select(image => image.Label))];
            foreach (string label in empty)
            {
                yield return new DataFinding(DataProblem.MissingClasses, null, $"Class '{label}' of '{part.Name}' has a folder and no images.",
                    "Add images, or remove the folder.");
            }

            LabeledFeatures[] members = [.. images.Where(image => image.Part == place).Select(image => image.Image)];
            string use = place == 0 ? DataProblems.Training : DataProblems.Measuring;
            IEnumerable<DataProblem> sizes = data.Task == LearningTask.Classification ? DataProblems.ClassSizes(members, use, balanced: place > 0)
                : data.Task == LearningTask.MultiLabel ? DataProblems.RareLabels(members, use)
                : [];
            foreach (DataFinding finding in sizes.SelectMany(DataFinding.Of)) yield return finding;
        }
    }

    private static IEnumerable<string> NotChecked(CheckedData data, int compared, DataCheckOptions options)
    {
        if (!options.Pretrained) yield return DataProblems.NotJudged;
        else if (compared < OutlierChecks.Least) yield return $"Outliers were not looked for: that takes {OutlierChecks.Least} different images.";
        if (data.Task is null) yield return "Labels were not checked: the images have none.";
    }
}
