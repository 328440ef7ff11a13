using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A data set's features, and the files that could not be read.</summary>
internal sealed record FeaturizedImages(IReadOnlyList<LabeledFeatures> Images, IReadOnlyList<SkippedImage> Skipped)
{
    /// <summary>Featurizes.</summary>
    /// <param name="featurizer">Makes the features.</param>
    /// <param name="images">The files and their classes.</param>
    /// <param name="strict">Whether a file that cannot be read is an error.</param>
    /// <param name="allowMissingClasses">Whether a class none of whose files can be read is not.</param>
    /// <param name="progress">Hears of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">
    /// No file could be read, or none of a class, or with <paramref name="strict"/> one could not.
    /// </exception>
    public static FeaturizedImages Of(ImageFeaturizer featurizer, IReadOnlyList<LabeledImage> images, bool strict, bool allowMissingClasses,
        IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        var readable = new List<LabeledFeatures>(images.Count);
        var skipped = new List<SkippedImage>();
        long earlierHits = featurizer.CacheHits;
        IEnumerable<ImageFeatures> features = featurizer.Featurize(images.Select(image => image.ImagePath), cancellationToken)
            .Select(image => strict && image.Error is not null ? throw new SkippedImage(image.Path, image.Error).Refusal() : image);
        foreach ((LabeledImage image, ImageFeatures result) in images.Zip(progress.Counted(features, images.Count, "Featurizing")))
        {
            if (result.Features is not null)
                readable.Add(new LabeledFeatures(image.ImagePath, image.Label, result.Features) { Warning = result.Warning });
            else skipped.Add(new SkippedImage(image.ImagePath, result.Error!));
        }

        if (featurizer.CacheHits > earlierHits) progress?.Report(new CacheUsed(featurizer.CacheHits - earlierHits, images.Count));
        if (skipped.Count > 0) progress?.Report(new ImagesSkipped(skipped));
        if (readable.Count == 0) throw new TrainingException($"None of the {images.Count} files is an image that can be read.");
        ClassSets.RequireReadable(images.Select(image => image.Label), readable.Select(image => image.Label), skipped, allowMissingClasses);
        return new FeaturizedImages(readable, skipped);
    }
}
