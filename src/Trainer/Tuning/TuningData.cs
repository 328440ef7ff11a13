using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Images to tune on and to validate on, decoded.</summary>
internal sealed class TuningData : IDisposable
{
    private TuningData(ImageStore train, ImageStore validation)
    {
        Train = train;
        Validation = validation;
    }

    /// <summary>Whole images.</summary>
    public ImageStore Train { get; }

    /// <summary>Images cut as the network takes them.</summary>
    public ImageStore Validation { get; }

    public IReadOnlyList<SkippedImage> Skipped => [.. Train.Skipped, .. Validation.Skipped];

    /// <summary>Decodes.</summary>
    /// <param name="train">Files to train on.</param>
    /// <param name="validation">Files to validate on.</param>
    /// <param name="input">How the network takes them.</param>
    /// <param name="shorterSide">What whole images are shrunk to.</param>
    /// <param name="job">Whether files that cannot be read are an error, and who hears of them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static TuningData Load(
        IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation, InputSpec input, int shorterSide, TrainingJob job,
        CancellationToken cancellationToken)
    {
        ImagePreprocessing preprocessing = Preprocessing(input);
        var options = new ImageStoreOptions
        {
            ShorterSide = shorterSide,
            Interpolation = preprocessing.Interpolation,
            Progress = job.Progress
        };
        ImageStore images = ImageStore.Load(train, options with { Description = "Decoding, to train" }, cancellationToken);
        try
        {
            var data = new TuningData(images, ImageStore.LoadCrops(
                validation, preprocessing, options with { Description = "Decoding, to validate" }, cancellationToken));
            if (job.Strict && data.Skipped is [SkippedImage first, ..]) throw first.Refusal();
            if (data.Skipped.Count > 0) job.Progress?.Report(new ImagesSkipped(data.Skipped));
            foreach ((IReadOnlyList<LabeledImage> listed, ImageStore store) in new[] { (train, data.Train), (validation, data.Validation) })
                ClassSets.RequireReadable(
                    listed.Select(image => image.Label), store.Images.Select(image => image.Label), store.Skipped, job.AllowMissingClasses);
            return data;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>The same for the code that makes pixels, which does not know the backbones.</summary>
    public static ImagePreprocessing Preprocessing(InputSpec input) => new()
    {
        ImageSize = input.ImageSize,
        CropFraction = input.CropFraction,
        Interpolation = Enum.Parse<MLNetPipelines.Interpolation>($"{input.Interpolation}"),
        Resizing = Enum.Parse<ImageResizing>($"{input.Resizing}"),
    };

    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }
}
