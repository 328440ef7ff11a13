using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A classifier measured on images whose class is known.</summary>
public sealed class ModelEvaluation
{
    private readonly ImageClassifier classifier;
    private readonly IReadOnlyList<LabeledFeatures> images;
    private readonly string data;
    private readonly string folder;

    private ModelEvaluation(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images, string data, string folder,
        ClassificationReport report, Metrics metrics)
    {
        this.classifier = classifier;
        this.images = images;
        this.data = data;
        this.folder = folder;
        Report = report;
        Metrics = metrics;
    }

    /// <summary>How good it is.</summary>
    public ClassificationReport Report { get; }

    /// <summary>The report's figures, what was skipped, and problems of the data.</summary>
    public Metrics Metrics { get; private set; }

    /// <summary>Measures a classifier.</summary>
    /// <param name="classifier">It has to stay open for <see cref="SaveReport"/>.</param>
    /// <param name="folder">
    /// A folder with a folder of images for each class; of one that holds parts, <c>test</c> or else <c>val</c> is taken.
    /// </param>
    /// <param name="strict">Whether an image that cannot be read is an error; otherwise it is left out and reported.</param>
    /// <param name="allowMissingClasses">
    /// Whether classes without images, and images of classes that it does not know, are left out; they are an error otherwise.
    /// </param>
    /// <param name="exclusion">Images of the folder to leave out; null for none.</param>
    /// <param name="progress">Hears of the work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">No image can be read, or there are only images to train on.</exception>
    /// <exception cref="InvalidDataException">An image is of a class that the classifier does not know.</exception>
    public static ModelEvaluation Of(
        ImageClassifier classifier, string folder, bool strict = false, bool allowMissingClasses = false, ImageExclusion? exclusion = null,
        IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        using ImageDataSet data = ImageDataSet.FromFolder(DataFolders.ToMeasure(folder, progress)).Without(exclusion);
        return Of(classifier, data, strict, allowMissingClasses, progress, cancellationToken);
    }

    /// <summary>Measures a classifier.</summary>
    /// <param name="classifier">It has to stay open for <see cref="SaveReport"/>.</param>
    /// <param name="data">
    /// The images, which have to stay for <see cref="SaveReport"/>; those to train on are measured on, or where a list has splits those of test,
    /// else of val.
    /// </param>
    /// <param name="strict">Whether an image that cannot be read, or a row of a list, is an error; otherwise it is left out and reported.</param>
    /// <param name="allowMissingClasses">
    /// Whether classes without images, and images of classes that it does not know, are left out; they are an error otherwise.
    /// </param>
    /// <param name="progress">Hears of the work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">No image can be read, or there are only images to train on.</exception>
    /// <exception cref="InvalidDataException">An image is of a class that the classifier does not know.</exception>
    public static ModelEvaluation Of(
        ImageClassifier classifier, ImageDataSet data, bool strict = false, bool allowMissingClasses = false,
        IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(data);
        var clock = Stopwatch.StartNew();
        TrainingImages listed = data.ListToMeasure(allowMissingClasses);
        progress?.Report(new FoldersListed(listed.PassedOver));
        listed.SayExcluded(progress);
        listed.SayLeftOut(strict, progress);
        IReadOnlyList<LabeledImage> images = ClassSets.Known(listed.Train, image => image.Label, classifier.Classes, allowMissingClasses);
        var featurized = FeaturizedImages.Of(classifier.Featurizer, images, strict, allowMissingClasses, progress, cancellationToken);
        SkippedImage[] skipped = [.. listed.LeftOut, .. featurized.Skipped];
        var report = ClassificationReport.Of(classifier, featurized.Images);
        Metrics metrics = Metrics.Of(report, classifier.Featurizer, skipped, trainImages: 0, clock.Elapsed) with
        {
            Problems =
            [
                .. ClassSets.Problems(listed.Classes, classifier.Classes, featurized.Images.Select(image => image.Label)),
                .. ResultProblems.Find(report, balanced: false),
                .. DataProblems.Find([], featurized.Images, skipped, cancellationToken: cancellationToken),
            ],
            PassedOver = listed.PassedOver,
            Known = classifier.Unknown is { } unknown ? KnownImages.Of(unknown, featurized.Images) : null,
        };
        return new ModelEvaluation(classifier, featurized.Images, data.Name, data.TrainedOn, report, metrics);
    }

    /// <summary>Measures another model on the same images; <see cref="Metrics"/> and the report say what came of it.</summary>
    /// <param name="baseline">It knows the classes of all images.</param>
    /// <param name="name">The other model's file or folder, as texts are to name it.</param>
    /// <param name="progress">Reports progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">An image is of a class that the other model does not know, or the model is not a classifier of one class.</exception>
    public BaselineComparison CompareWith(
        ImageClassifier baseline, string name, IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        if (baseline.Thresholds is not null) throw new InvalidDataException($"'{name}' gives an image any number of labels. Name a classifier of one class.");
        LabeledImage[] files = [.. images.Select(image => new LabeledImage { ImagePath = image.ImagePath, Label = image.Label })];
        ClassNames.RequireKnown(files.Select(file => file.Label), baseline.Classes);
        var featurized = FeaturizedImages.Of(baseline.Featurizer, files, strict: true, allowMissingClasses: true, progress, cancellationToken);
        var comparison = BaselineComparison.Of(name, Right(classifier, images), Right(baseline, featurized.Images));
        Metrics = Metrics with { Baseline = comparison };
        return comparison;
    }

    private static bool[] Right(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images) =>
        [.. classifier.Predict(images.Select(image => new ImageFeatures(image.ImagePath, image.Features, null))).Zip(images,
            (prediction, image) => prediction.Ranking[0].Label == image.Label)];

    /// <summary>Writes a report as one HTML file: figures, plots, mistakes, where the model looks.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="model">
    /// The model's file or folder, as the report is to name it; a training's epochs are shown where they are in it.
    /// </param>
    /// <param name="command">What a person types to do the same again; null leaves that out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void SaveReport(string path, string model, string? command = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var run = new RunDescription
        {
            Title = data,
            Model = Path.TrimEndingDirectorySeparator(model),
            Command = command,
            Configuration = [("model", model), ("measured on", folder)],
            History = Directory.Exists(model) ? EpochRecord.Read(Path.Combine(model, ResultFolder.History)) : [],
        };
        ReportPage.Write(RunReport.Of(run, classifier, Metrics, images, PredictedImage.Of(classifier, images), cancellationToken), path);
    }
}
