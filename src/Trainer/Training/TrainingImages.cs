using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The files to train on, and those to validate on where they are in a folder of their own.</summary>
internal sealed record TrainingImages(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage>? Validation)
{
    /// <exception cref="UserException">There is one class.</exception>
    /// <exception cref="InvalidDataException">A class is in the validation folder only.</exception>
    public static TrainingImages Of(TrainingRequest request)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.List(request.Folder);
        // Before minutes are spent on features.
        if (images.Select(image => image.Label).Distinct().ToArray() is [string only])
            throw new UserException($"'{request.Folder}' has one class, '{only}'. A classifier needs two at least: a folder for each.");
        IReadOnlyList<LabeledImage>? validation = request.Validation is null ? null : ImageFolder.List(request.Validation);
        if (validation is not null) ClassNames.RequireKnown(validation.Select(image => image.Label), [.. images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)]);
        return new TrainingImages(images, validation);
    }
}
