using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer;

/// <summary>The files to train on, and those to validate on where they are in a folder of their own.</summary>
internal sealed record TrainingImages(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage>? Validation)
{
    /// <summary>The names of the class folders, those without images among them.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What the folders hold besides.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>Lists them, and says what is passed over.</summary>
    /// <exception cref="UserException">There is one class, or one without images.</exception>
    /// <exception cref="InvalidDataException">A class is in the validation folder only.</exception>
    public static TrainingImages Of(TrainingRequest request)
    {
        ImageFolderListing images = ImageFolder.List(request.Folder);
        ImageFolderListing? validation = request.Validation is null ? null : ImageFolder.List(request.Validation);
        PassedOver[] passedOver = [.. images.PassedOver, .. validation?.PassedOver ?? []];
        PassedOverLines.Say(passedOver);
        // Before minutes are spent on features.
        ClassSets.RequireImages(images, request.Folder, request.AllowMissingClasses);
        string[] classes = [.. images.Select(image => image.Label).Distinct()];
        if (classes is [string only])
            throw new UserException($"'{request.Folder}' has one class, '{only}'. A classifier needs two at least: a folder for each.");
        if (validation is not null) ClassSets.RequireImages(validation, request.Validation!, request.AllowMissingClasses);
        return new TrainingImages(images, validation is null ? null : ClassSets.Known(validation, image => image.Label, classes, request.AllowMissingClasses))
        {
            Classes = images.Classes,
            PassedOver = passedOver,
        };
    }
}
