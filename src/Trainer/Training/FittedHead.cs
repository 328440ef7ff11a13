using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A linear head on a backbone's features, and what it was fitted and validated on.</summary>
internal sealed record FittedHead : IDisposable
{
    public required MLContext MLContext { get; init; }

    public required ImageFeaturizingTransformer Featurizing { get; init; }

    public required HeadModel Model { get; init; }

    public required IReadOnlyList<LabeledFeatures> Train { get; init; }

    public required IReadOnlyList<LabeledFeatures> Validation { get; init; }

    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>Featurizes images by an exported backbone and fits a head on them.</summary>
    /// <param name="job">Seed, head, device.</param>
    /// <param name="backbone">The ONNX file.</param>
    /// <param name="images">Images to train on and, without <paramref name="validation"/>, to hold a part back from.</param>
    /// <param name="validation">Images to validate on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="trained">The head that the backbone was trained with, which is then taken in place of a fitted one.</param>
    public static FittedHead Fit(
        TrainingJob job, string backbone, IReadOnlyList<LabeledImage> images, IReadOnlyList<LabeledImage>? validation,
        CancellationToken cancellationToken,
        CrossFittedHead? trained = null)
    {
        var mlContext = new MLContext(job.Seed);
        ImageFeaturizingTransformer featurizing = mlContext.Transforms
            .FeaturizeImages(nameof(LabeledFeatures.Features), nameof(LabeledImage.ImagePath), backbone, job.Featurizing)
            .Fit(mlContext.Data.LoadFromEnumerable(images));
        try
        {
            job.Progress.Say($"Device: {featurizing.Featurizer.Device}");
            FeaturizedImages first = Featurize(images);
            FeaturizedImages? second = validation is null ? null : Featurize(validation);
            (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> heldBack) = second is null
                ? job.Task.Split(first.Images, image => image.Label, job.Options.ValidationFraction, job.Seed)
                : (first.Images, job.Task.Known(
                    second.Images, image => image.Label, first.Images.Select(image => image.Label), job.AllowMissingClasses));
            HeadModel model = trained is null
                ? job.Task.FitHead(job, mlContext, train, heldBack)
                : job.Task.GiveHead(job, mlContext, trained, images, train, heldBack);
            if (model.Settings is { } settings && (job.Head.Scaling is null || job.Head.L2Regularization is null))
                job.Progress.Say($"Head: {settings}, chosen by cross-validation on the {train.Count} images to train on.");
            cancellationToken.ThrowIfCancellationRequested();
            return new FittedHead
            {
                MLContext = mlContext,
                Featurizing = featurizing,
                Model = model,
                Train = train,
                Validation = heldBack,
                Skipped = [.. first.Skipped, .. second?.Skipped ?? []],
            };
        }
        catch
        {
            featurizing.Dispose();
            throw;
        }

        FeaturizedImages Featurize(IReadOnlyList<LabeledImage> files) =>
            FeaturizedImages.Of(featurizing.Featurizer, files, job.Strict, job.AllowMissingClasses, job.Progress, cancellationToken);
    }

    public void Dispose() => Featurizing.Dispose();
}
