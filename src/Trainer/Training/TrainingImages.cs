using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The files to train on, and those to validate on where there are others for that.</summary>
internal sealed record TrainingImages(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage>? Validation)
{
    /// <summary>The names of the class folders, those without images among them.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>How many images are left out, and what else is to be said of that; none where nobody asked for it.</summary>
    public IReadOnlyList<string> ExclusionNotes { get; init; } = [];

    /// <summary>What folders hold besides.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>Lines of lists that cannot be used.</summary>
    public IReadOnlyList<SkippedImage> LeftOut { get; init; } = [];

    /// <summary>Lists them, and reports what is passed over.</summary>
    /// <exception cref="TrainingException">
    /// There is one class, or one without images, or all values are the same, or a line of a list cannot be used where that is an error.
    /// </exception>
    /// <exception cref="InvalidDataException">A class has images to validate on only.</exception>
    public static TrainingImages Of(TrainingJob job)
    {
        // Before minutes are spent on features.
        TrainingImages images = job.Data.List(job.AllowMissingClasses);
        job.Progress?.Report(new FoldersListed(images.PassedOver));
        images.SayExcluded(job.Progress);
        images.SayLeftOut(job.Strict, job.Progress);
        return job.Task.Check(job, images);
    }

    /// <summary>Reports images that are left out.</summary>
    public void SayExcluded(IProgress<TrainingEvent>? progress)
    {
        foreach (string note in ExclusionNotes) progress.Say($"{note}");
    }

    /// <summary>Reports lines of lists that cannot be used.</summary>
    /// <param name="strict">Whether the first of them is an error.</param>
    /// <param name="progress">Hears of them.</param>
    /// <exception cref="TrainingException">It is, and there is one.</exception>
    public void SayLeftOut(bool strict, IProgress<TrainingEvent>? progress)
    {
        if (strict && LeftOut is [SkippedImage line, ..]) throw line.Refusal();
        if (LeftOut.Count > 0) progress?.Report(new ImagesSkipped(LeftOut));
    }
}
