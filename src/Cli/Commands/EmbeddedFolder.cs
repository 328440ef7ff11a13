using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>A folder's images, ready to be searched.</summary>
internal static class EmbeddedFolder
{
    /// <exception cref="UserException">None of the files is an image that can be read.</exception>
    public static EmbeddingIndex Of(ImageFeaturizer featurizer, string folder, CancellationToken cancellationToken)
    {
        ImageFileListing files = ImageFolder.Files(folder);
        PassedOverLines.Say(files.PassedOver);
        IReadOnlyList<ImageFeatures> features = ProgressBar.Of(featurizer.Featurize(files, cancellationToken), files.Count, "Featurizing");
        ClassificationTables.WriteSkipped(
            [.. features.Where(image => image.Error is not null).Select(image => new SkippedImage(image.Path, image.Error!))]);
        var index = new EmbeddingIndex(features);
        return index.Count > 0
            ? index
            : throw new UserException($"None of the {files.Count} files in '{folder}' is an image that can be read.");
    }
}
