using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The files to train on, and those to validate on where there are others for that.</summary>
internal sealed record TrainingImages(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage>? Validation)
{
    /// <summary>The names of the class folders, those without images among them.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What folders hold besides.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>Lists them, and reports what is passed over.</summary>
    /// <exception cref="TrainingException">There is one class, or one without images, or all values are the same.</exception>
    /// <exception cref="InvalidDataException">A class has images to validate on only.</exception>
    public static TrainingImages Of(TrainingJob job)
    {
        // Before minutes are spent on features.
        TrainingImages images = job.Data.List(job.AllowMissingClasses);
        job.Progress?.Report(new FoldersListed(images.PassedOver));
        return job.Task.Check(job, images);
    }
}
