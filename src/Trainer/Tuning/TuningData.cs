using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>Images to tune on and to validate on, decoded.</summary>
internal sealed class TuningData : IDisposable
{
    private readonly ClassIndices indices;

    private TuningData(ImageStore train, ImageStore validation)
    {
        Train = train;
        Validation = validation;
        indices = new ClassIndices(train.Images);
    }

    /// <summary>Whole images.</summary>
    public ImageStore Train { get; }

    /// <summary>Images cut as the network takes them.</summary>
    public ImageStore Validation { get; }

    /// <summary>The classes' names, in the order of their indices.</summary>
    public IReadOnlyList<string> Classes => indices.Classes;

    public IReadOnlyList<SkippedImage> Skipped => [.. Train.Skipped, .. Validation.Skipped];

    /// <summary>Decodes.</summary>
    /// <param name="train">Files to train on.</param>
    /// <param name="validation">Files to validate on.</param>
    /// <param name="input">How the network takes them.</param>
    /// <param name="shorterSide">What whole images are shrunk to.</param>
    /// <param name="strict">Whether a file that cannot be read is an error.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="allowMissingClasses">Whether a class none of whose files can be read is not.</param>
    public static TuningData Load(
        IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation, InputSpec input, int shorterSide, bool strict, CancellationToken cancellationToken, bool allowMissingClasses = false)
    {
        var preprocessing = new ImagePreprocessing { ImageSize = input.ImageSize, CropFraction = input.CropFraction, Interpolation = Filter(input) };
        var options = new ImageStoreOptions { ShorterSide = shorterSide, Interpolation = preprocessing.Interpolation };
        ImageStore images = ImageStore.Load(train, options with { Description = "Decoding, to train" }, cancellationToken);
        try
        {
            var data = new TuningData(images, ImageStore.LoadCrops(validation, preprocessing, options with { Description = "Decoding, to validate" }, cancellationToken));
            if (strict && data.Skipped is [SkippedImage first, ..]) throw first.Refusal();
            ClassificationTables.WriteSkipped(data.Skipped);
            foreach ((IReadOnlyList<LabeledImage> listed, ImageStore store) in new[] { (train, data.Train), (validation, data.Validation) })
                ClassSets.RequireReadable(listed.Select(image => image.Label), store.Images.Select(image => image.Label), store.Skipped, allowMissingClasses);
            return data;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>A class index of each image of a store.</summary>
    public int[] Labels(ImageStore store) => indices.Of(store.Images);

    public static MLNetPipelines.Interpolation Filter(InputSpec input) =>
        input.Interpolation == Backbones.Interpolation.Bicubic ? MLNetPipelines.Interpolation.Bicubic : MLNetPipelines.Interpolation.Bilinear;

    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }
}
