using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The images of a folder or a list, ready to be searched.</summary>
internal static class EmbeddedFolder
{
    /// <exception cref="UserException">None of the files is an image that can be read.</exception>
    public static EmbeddingIndex Of(ImageFeaturizer featurizer, string folder, ImageListOptions lists, CancellationToken cancellationToken)
    {
        using FoundImages found = FoundImages.Of([folder], lists, strict: false);
        int count = found.Paths.Count;
        IReadOnlyList<ImageFeatures> features =
            [.. ProgressBar.Of(featurizer.Featurize(found.Paths, cancellationToken), count, "Featurizing").Select(image => image with { Path = found.NameOf(image.Path) })];
        ClassificationTables.WriteSkipped(
            [.. features.Where(image => image.Error is not null).Select(image => new SkippedImage(image.Path, image.Error!))]);
        var index = new EmbeddingIndex(features);
        return index.Count > 0
            ? index
            : throw new UserException($"None of the {count} files in '{folder}' is an image that can be read.");
    }
}
