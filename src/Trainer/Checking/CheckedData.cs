using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The images to check, in their parts.</summary>
/// <param name="Name">What a report calls them.</param>
/// <param name="Source">The folder or list, as it was named.</param>
/// <param name="Task">What their labels are for; null where they have none.</param>
/// <param name="Parts">The images to train on, and those to measure on.</param>
internal sealed record CheckedData(string Name, string Source, LearningTask? Task, IReadOnlyList<CheckedPart> Parts)
{
    /// <summary>Files and folders that are not images.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>Lines of lists that cannot be used.</summary>
    public IReadOnlyList<SkippedImage> LeftOut { get; init; } = [];

    /// <summary>What is said of images that are left out.</summary>
    public IReadOnlyList<string> ExclusionNotes { get; init; } = [];

    /// <summary>All images, those to train on first.</summary>
    public IEnumerable<LabeledImage> Images => Parts.SelectMany(part => part.Images);

    /// <summary>What an image is called: its path, or its place among those in memory.</summary>
    public Func<string, string> NameOf { get; init; } = path => path;

    /// <summary>Lists a data set; of a folder, or a list, that holds parts, each of them is one.</summary>
    public static CheckedData Of(ImageDataSet data, IProgress<TrainingEvent>? progress)
    {
        if (data.Folder is null) return Of(data, [.. data.ListedParts.Select(part => (part.Name, new TrainingImages(part.Images, null)))]);
        if (data.ValidationFolder is null && Directory.Exists(data.Folder) && DataSetParts.Find(data.Folder) is { } parts)
        {
            progress.Say($"'{data.Folder}' holds the parts of a data set ({parts.Names}): checking all of them.");
            return Of(data, [.. new[] { parts.Train, parts.Validation, parts.Test }.OfType<string>()
                .Select(part => (Path.GetFileName(part), Listed(part)))]);
        }

        var train = ("train", Listed(data.Folder));
        return Of(data, data.ValidationFolder is null ? [train] : [train, ("validation", Listed(data.ValidationFolder))]);

        static TrainingImages Listed(string folder) => ImageDataSet.FromFolder(folder).List(allowMissingClasses: true);
    }

    /// <summary>Images whose labels nobody asks about.</summary>
    public static CheckedData Of(ImageFiles files) => new(
        ImageList.IsOne(files.Source) ? DataSetName.OfList(files.Source) : DataSetName.Of(files.Source), files.Source, null,
        [new CheckedPart("images", [.. files.Paths.Select(path => new LabeledImage { ImagePath = path })], [])])
    {
        PassedOver = files.PassedOver,
        LeftOut = files.LeftOut,
        NameOf = files.NameOf,
    };

    private static CheckedData Of(ImageDataSet data, IReadOnlyList<(string Name, TrainingImages Images)> parts) =>
        new(data.Name, data.TrainedOn, data.Task, [.. parts.Select(part => new CheckedPart(
            part.Name, data.Exclusion?.Others(part.Images.Train, image => data.NameOf(image.ImagePath)) ?? part.Images.Train, part.Images.Classes))])
        {
            PassedOver = [.. parts.SelectMany(part => part.Images.PassedOver)],
            LeftOut = data.LeftOut,
            NameOf = data.NameOf,
            ExclusionNotes = data.Exclusion?.Notes([.. parts.SelectMany(part => part.Images.Train).Select(image => data.NameOf(image.ImagePath))]) ?? [],
        };
}

/// <summary>A part of the data: what is trained on, or what is measured on.</summary>
/// <param name="Name">Such as "train".</param>
/// <param name="Images">The files and their labels.</param>
/// <param name="Classes">The names of the class folders, those without images among them.</param>
internal sealed record CheckedPart(string Name, IReadOnlyList<LabeledImage> Images, IReadOnlyList<string> Classes);
