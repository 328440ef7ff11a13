using System.Numerics.Tensors;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>An image that was read once: what it is like, and what its pixels say.</summary>
/// <param name="Image">The file, its label and its features of unit length; no features where there is nothing to compare by.</param>
/// <param name="Part">The place of its part in <see cref="CheckedData.Parts"/>.</param>
/// <param name="Statistics">Of its pixels.</param>
internal sealed record CheckedImage(LabeledFeatures Image, int Part, ImageStatistics Statistics)
{
    public string Path => Image.ImagePath;

    public string Label => Image.Label;
}

/// <summary>The images that can be read, in the order of the data, and the others.</summary>
internal sealed record CheckedImages(IReadOnlyList<CheckedImage> Images, IReadOnlyList<SkippedImage> Skipped)
{
    /// <summary>Decodes and featurizes every image once; of an image that two parts list, the first counts.</summary>
    public static CheckedImages Of(
        CheckedData data, ImageFeaturizer featurizer, bool pretrained, IProgress<TrainingEvent>? progress,
        CancellationToken cancellationToken)
    {
        (LabeledImage Image, int Part)[] files = [.. data.Parts.Index()
            .SelectMany(part => part.Item.Images.Select(image => (image, part.Index)))
            .DistinctBy(file => file.image.ImagePath, StringComparer.Ordinal)];
        var readable = new List<CheckedImage>(files.Length);
        var skipped = new List<SkippedImage>();
        long earlierHits = featurizer.CacheHits;
        IEnumerable<(ImageFeatures Image, Pixels? Measured)> results = featurizer.Featurize(
            files.Select(file => file.Image.ImagePath),
            image => new Pixels(ImageStatistics.Of(image), pretrained ? null : ImageSketches.Sketch(image)), cancellationToken);
        results = progress.Counted(results, files.Length, "Checking");
        foreach (((LabeledImage file, int part), (ImageFeatures image, Pixels? pixels)) in files.Zip(results))
        {
            if (image.Features is null)
            {
                skipped.Add(new SkippedImage(file.ImagePath, image.Error!));
                continue;
            }

            float[] features = pretrained ? image.Features : pixels!.Sketch ?? [];
            if (TensorPrimitives.Norm<float>(features) is > 0 and float length) TensorPrimitives.Divide(features, length, features);
            readable.Add(new CheckedImage(
                new LabeledFeatures(file.ImagePath, file.Label, features) { Warning = image.Warning }, part, pixels!.Statistics));
        }

        if (featurizer.CacheHits > earlierHits) progress?.Report(new CacheUsed(featurizer.CacheHits - earlierHits, files.Length));
        return new CheckedImages(readable, skipped);
    }

    private sealed record Pixels(ImageStatistics Statistics, float[]? Sketch);
}
