using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer;

/// <summary>A linear head on a backbone's features, and what it was fitted and validated on.</summary>
internal sealed record FittedHead : IDisposable
{
    /// <summary>The part of each class that is held back where there is no folder to validate on.</summary>
    public const double ValidationFraction = 0.2;

    public required MLContext MLContext { get; init; }

    public required ImageFeaturizingTransformer Featurizing { get; init; }

    public required ITransformer Head { get; init; }

    /// <summary>How the head was fitted, with what was chosen by its images; null where it was trained with the backbone.</summary>
    public ClassificationHeadOptions? Options { get; init; }

    public required IReadOnlyList<LabeledFeatures> Train { get; init; }

    public required IReadOnlyList<LabeledFeatures> Validation { get; init; }

    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    public required ClassificationReport Report { get; init; }

    /// <summary>Featurizes images by an exported backbone and fits a head on them.</summary>
    /// <param name="request">Seed, head, device.</param>
    /// <param name="backbone">The ONNX file.</param>
    /// <param name="images">Images to train on and, without <paramref name="validation"/>, to hold a fifth of each class back from.</param>
    /// <param name="validation">Images to validate on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="trained">The head that the backbone was trained with, which is then taken in place of a fitted one.</param>
    public static FittedHead Fit(
        TrainingRequest request, string backbone, IReadOnlyList<LabeledImage> images, IReadOnlyList<LabeledImage>? validation, CancellationToken cancellationToken,
        LinearHead? trained = null)
    {
        var mlContext = new MLContext(request.Seed);
        ImageFeaturizingTransformer featurizing = mlContext.Transforms
            .FeaturizeImages(nameof(LabeledFeatures.Features), nameof(LabeledImage.ImagePath), backbone, request.Featurizing)
            .Fit(mlContext.Data.LoadFromEnumerable(images));
        try
        {
            Terminal.Say($"Device: {featurizing.Featurizer.Device}");
            FeaturizedImages first = FeaturizedImages.Of(featurizing.Featurizer, images, request.Strict, request.AllowMissingClasses, cancellationToken);
            FeaturizedImages? second = validation is null ? null : FeaturizedImages.Of(featurizing.Featurizer, validation, request.Strict, request.AllowMissingClasses, cancellationToken);
            (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> heldBack) = second is null
                ? StratifiedSplit.Of(first.Images, image => image.Label, ValidationFraction, request.Seed)
                : (first.Images, ClassSets.Known(second.Images, image => image.Label, [.. first.Images.Select(image => image.Label).Distinct()], request.AllowMissingClasses));
            ClassificationHeadOptions? chosen = trained is null ? ClassificationHead.Choose(train, request.Head with { Seed = request.Seed }) : null;
            bool isOpen = request.Head is { Scaling: null } or { L2Regularization: null };
            if (chosen is not null && isOpen) Terminal.Say($"Head: {HeadSettings.Of(chosen)}, chosen by cross-validation on the {train.Count} images to train on.");
            ITransformer head = trained is null
                ? ClassificationHead.Fit(mlContext, train, chosen)
                : ClassificationHead.Of(mlContext, trained, new ClassIndices(images).Classes);
            ClassificationReport report = ClassificationReport.Of(mlContext, head, heldBack);
            cancellationToken.ThrowIfCancellationRequested();
            return new FittedHead
            {
                MLContext = mlContext,
                Featurizing = featurizing,
                Head = head,
                Options = chosen,
                Train = train,
                Validation = heldBack,
                Skipped = [.. first.Skipped, .. second?.Skipped ?? []],
                Report = report,
            };
        }
        catch
        {
            featurizing.Dispose();
            throw;
        }
    }

    public void Dispose() => Featurizing.Dispose();
}
