using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// All that a report of a run shows, collected; <see cref="ReportPage"/> writes it as HTML, <see cref="ModelCard"/> as Markdown.
/// </summary>
internal sealed record RunReport : IRunReport
{
    // Enough to look at, few enough for a page of 3 MB: a picture is about 5 KB.
    private const int MistakesShown = 12, DoubtsShown = 12, ExplainedPerClass = 3, ExplainedClasses = 20, ThumbnailSide = 160,
    ProblemPicturesShown = 60;

    public required RunDescription Run { get; init; }

    public required Metrics Metrics { get; init; }

    public required IReadOnlyList<PredictedImage> Predictions { get; init; }

    /// <summary>The images that got another class, the most confident first.</summary>
    public required IReadOnlyList<ShownImage> Mistakes { get; init; }

    /// <summary>The images that got their class, the least confident first.</summary>
    public required IReadOnlyList<ShownImage> Doubts { get; init; }

    /// <summary>By class, where the classifier saw what it predicted in some of its images.</summary>
    public required IReadOnlyList<ExplainedClass> Explained { get; init; }

    /// <summary>JPEG files of the images that problems are about, by their paths; not of all where they are many.</summary>
    public IReadOnlyDictionary<string, byte[]> ProblemPictures { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Why <see cref="Explained"/> is empty, where the model has no class activation maps.</summary>
    public string? Unexplained { get; init; }

    public required IReadOnlyList<EmbeddedImage> Embedding { get; init; }

    /// <summary>How unlike the images to train on each image is; empty where the model cannot tell.</summary>
    public IReadOnlyList<double> UnknownScores { get; init; } = [];

    /// <summary>Collects it.</summary>
    /// <param name="run">What was done.</param>
    /// <param name="classifier">The model.</param>
    /// <param name="metrics">Its figures on <paramref name="images"/>.</param>
    /// <param name="images">Those it was measured on.</param>
    /// <param name="predictions">What became of them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static RunReport Of(RunDescription run, ImageClassifier classifier, Metrics metrics, IReadOnlyList<LabeledFeatures> images,
        IReadOnlyList<PredictedImage> predictions, CancellationToken cancellationToken)
    {
        (IReadOnlyList<ExplainedClass> explained, string? unexplained) = Explain(classifier, predictions, cancellationToken);
        return new RunReport
        {
            Run = run,
            Metrics = metrics,
            Predictions = predictions,
            Mistakes = Thumbnails(predictions.Where(image => !image.Right).OrderByDescending(image => image.Probability)
                .Take(MistakesShown), cancellationToken),
            Doubts = Thumbnails(
                predictions.Where(image => image.Right).OrderBy(image => image.Probability).Take(DoubtsShown), cancellationToken),
            Explained = explained,
            Unexplained = unexplained,
            Embedding = EmbeddingMap.Of(images, predictions),
            UnknownScores = classifier.Unknown is { } unknown ? [.. images.Select(image => unknown.Of(image.Features))] : [],
            ProblemPictures = ProblemPicturesOf(metrics, cancellationToken),
        };
    }

    public void WritePredictions(string path) => PredictedImage.Write(path, Predictions);

    public string Page() => ReportPage.Html(this);

    public string Card() => ModelCard.Of(this);

    /// <summary>Pictures of the images that problems are about.</summary>
    internal static Dictionary<string, byte[]> ProblemPicturesOf(RunMetrics metrics, CancellationToken cancellationToken) => metrics.Problems
        .Where(problem => problem.Kind is DataProblem.DoubtfulLabel or DataProblem.TwoClasses or DataProblem.TwoValues or DataProblem.NearDuplicates)
        .SelectMany(problem => problem.Paths.Take(2)).Distinct(StringComparer.Ordinal).Take(ProblemPicturesShown)
        .AsParallel().AsOrdered().WithCancellation(cancellationToken)
        .Select(path => (Path: path, Jpeg: ShownImage.TryJpeg(() => ImageThumbnail.Jpeg(path, ThumbnailSide)))).Where(
            picture => picture.Jpeg is not null)
        .ToDictionary(picture => picture.Path, picture => picture.Jpeg!, StringComparer.Ordinal);

    private static ShownImage[] Thumbnails(IEnumerable<PredictedImage> images, CancellationToken cancellationToken) =>
        [.. images.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(
            image => ShownImage.Of(image, () => ImageThumbnail.Jpeg(image.Path, ThumbnailSide)))];

    private static (IReadOnlyList<ExplainedClass>, string? WhyNot) Explain(
        ImageClassifier classifier, IReadOnlyList<PredictedImage> predictions, CancellationToken cancellationToken)
    {
        ImageExplainer explainer;
        try
        {
            explainer = new ImageExplainer(classifier);
        }
        catch (InvalidDataException e)
        {
            return ([], e.Message);
        }

        using (explainer)
        {
            return ([.. predictions.GroupBy(image => image.Label).OrderBy(group => group.Key, StringComparer.Ordinal).Take(ExplainedClasses)
                .Select(group => new ExplainedClass(group.Key,
                    [.. BestMiddleAndWorst([.. group.OrderByDescending(image => image.LabelProbability)])
                    .Select(image => ShownImage.Of(image, () => explainer.Explain(image.Path, cancellationToken: cancellationToken)
                        .OverlayThumbnail(ThumbnailSide)))]))], null);
        }
    }

    private static IEnumerable<PredictedImage> BestMiddleAndWorst(PredictedImage[] images) => images.Length <= ExplainedPerClass
        ? images
        : Enumerable.Range(0, ExplainedPerClass).Select(i => images[i * (images.Length - 1) / (ExplainedPerClass - 1)]);
}

/// <summary>Images of a class, under their class activation maps.</summary>
internal sealed record ExplainedClass(string Label, IReadOnlyList<ShownImage> Images);

/// <summary>An image on a page.</summary>
/// <param name="Image">What it is, and what was made of it.</param>
/// <param name="Jpeg">The bytes of a small JPEG file; null where the image cannot be read any more.</param>
internal sealed record ShownImage(PredictedImage Image, byte[]? Jpeg)
{
    public static ShownImage Of(PredictedImage image, Func<byte[]> jpeg) => new(image, TryJpeg(jpeg));

    /// <summary>A picture of an image; null where the image cannot be read any more.</summary>
    public static byte[]? TryJpeg(Func<byte[]> jpeg)
    {
        try
        {
            return jpeg();
        }
        catch (UnreadableImageException)
        {
            // Its features came from the cache, or it was deleted meanwhile; the page says so in place of the picture.
            return null;
        }
    }
}
