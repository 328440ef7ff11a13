using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>All that a report of a model of labels shows, collected.</summary>
internal sealed record MultiLabelRunReport : IRunReport
{
    private const int WorstShown = 24, ThumbnailSide = 160;

    public required RunDescription Run { get; init; }

    public required MultiLabelRunMetrics Metrics { get; init; }

    public required IReadOnlyList<PredictedLabels> Predictions { get; init; }

    /// <summary>The images with the most wrong labels, the worst first; the picture is null where the image cannot be read any more.</summary>
    public required IReadOnlyList<(PredictedLabels Image, byte[]? Jpeg)> Worst { get; init; }

    /// <summary>JPEG files of the images that problems are about, by their paths; not of all where they are many.</summary>
    public IReadOnlyDictionary<string, byte[]> ProblemPictures { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Collects it.</summary>
    /// <param name="run">What was done.</param>
    /// <param name="metrics">Its figures.</param>
    /// <param name="images">Those it was measured on.</param>
    /// <param name="probabilities">What they were given, [N][labels].</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static MultiLabelRunReport Of(RunDescription run, MultiLabelRunMetrics metrics, IReadOnlyList<LabeledFeatures> images,
        IReadOnlyList<float[]> probabilities, CancellationToken cancellationToken)
    {
        IReadOnlyList<PredictedLabels> predictions = PredictedLabels.Of(metrics.Labels, images, probabilities);
        return new MultiLabelRunReport
        {
            Run = run,
            Metrics = metrics,
            Predictions = predictions,
            Worst = [.. predictions.Where(image => image.Wrong > 0).OrderByDescending(image => image.Wrong).Take(WorstShown)
                .AsParallel().AsOrdered().WithCancellation(cancellationToken)
                .Select(image => (image, ShownImage.TryJpeg(() => ImageThumbnail.Jpeg(image.Path, ThumbnailSide))))],
            ProblemPictures = RunReport.ProblemPicturesOf(metrics, cancellationToken),
        };
    }

    public void WritePredictions(string path) => PredictedLabels.Write(path, Metrics.Labels, Predictions);

    public string Page() => MultiLabelPage.Html(this);

    public string Card() => MultiLabelCard.Of(this);
}
