using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>All that a report of a regression shows, collected.</summary>
internal sealed record RegressionRunReport : IRunReport
{
    private const int WorstShown = 24, ThumbnailSide = 160;

    public required RunDescription Run { get; init; }

    public required RegressionRunMetrics Metrics { get; init; }

    public required IReadOnlyList<PredictedNumber> Predictions { get; init; }

    /// <summary>The images with the largest errors, the largest first; the picture is null where the image cannot be read any more.</summary>
    public required IReadOnlyList<(PredictedNumber Image, byte[]? Jpeg)> Worst { get; init; }

    /// <summary>JPEG files of the images that problems are about, by their paths; not of all where they are many.</summary>
    public IReadOnlyDictionary<string, byte[]> ProblemPictures { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Collects it.</summary>
    /// <param name="run">What was done.</param>
    /// <param name="metrics">Its figures.</param>
    /// <param name="images">Those it was measured on.</param>
    /// <param name="predicted">What they were given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static RegressionRunReport Of(RunDescription run, RegressionRunMetrics metrics, IReadOnlyList<LabeledFeatures> images,
        IReadOnlyList<double> predicted, CancellationToken cancellationToken)
    {
        IReadOnlyList<PredictedNumber> predictions = PredictedNumber.Of(images, predicted);
        return new RegressionRunReport
        {
            Run = run,
            Metrics = metrics,
            Predictions = predictions,
            Worst = [.. predictions.OrderByDescending(image => Math.Abs(image.Error)).Take(WorstShown)
                .AsParallel().AsOrdered().WithCancellation(cancellationToken)
                .Select(image => (image, ShownImage.TryJpeg(() => ImageThumbnail.Jpeg(image.Path, ThumbnailSide))))],
            ProblemPictures = RunReport.ProblemPicturesOf(metrics, cancellationToken),
        };
    }

    public void WritePredictions(string path) => PredictedNumber.Write(path, Predictions);

    public string Page() => RegressionPage.Html(this);

    public string Card() => RegressionCard.Of(this);
}
