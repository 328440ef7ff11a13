using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images and their classes to train on, and maybe others to validate on. Folders and files are read when a training starts; images in
/// memory are kept in temporary files, which are gone when the data set is disposed of.
/// </summary>
public sealed class ImageDataSet : IDisposable
{
    private readonly IReadOnlyList<LabeledImage> train = [];
    private readonly IReadOnlyList<LabeledImage>? validation;
    private readonly IReadOnlyList<LabeledImage>? measured;
    private readonly SpooledImages? spooled;

    private ImageDataSet(string name, string? folder, string? validationFolder)
    {
        Name = name;
        Folder = folder;
        ValidationFolder = validationFolder;
    }

    private ImageDataSet(
        string name, LearningTask task, IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage>? validation,
        SpooledImages? spooled = null)
    {
        Task = task;
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (train.Count == 0) throw new ArgumentException("There are no images to train on.", nameof(train));
        if (validation is [])
            throw new ArgumentException(
                "There are no images to validate on. Pass null to hold some of the others back.", nameof(validation));
        Check(train, task, nameof(train));
        if (validation is not null) Check(validation, task, nameof(validation));
        this.spooled = spooled;
        Name = name;
        this.train = train;
        this.validation = validation;
    }

    private ImageDataSet(string name, LearningTask task, LabelList list, LabelList? others, SpooledImages spooled)
    {
        (Name, Task, this.spooled) = (name, task, spooled);
        train = list.Train;
        validation = others?.Others ?? list.Validation ?? list.Test;
        measured = list.Test ?? list.Validation ?? (list.IsParted ? [] : list.Train);
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>What its labels are for.</summary>
    internal LearningTask Task { get; } = LearningTask.Classification;

    /// <summary>The rows of lists that cannot be used, with the reason; a training reports them with the images that it skips.</summary>
    public IReadOnlyList<SkippedImage> LeftOut { get; private init; } = [];

    /// <summary>The list of the images to train on, as it was named; null where they do not come from one.</summary>
    public string? ListFile { get; private init; }

    /// <summary>The list of the images to validate on; null where some of the others are held back, or they come from elsewhere.</summary>
    public string? ValidationListFile { get; private init; }

    /// <summary>Which columns of these lists are read, and where their paths start; null without lists.</summary>
    public ImageListOptions? ListOptions { get; private init; }

    /// <summary>The folder of the images to train on, as it was named; null where they come from a list.</summary>
    public string? Folder { get; }

    /// <summary>The folder of the images to validate on; null where some of the others are held back, or they come from a list.</summary>
    public string? ValidationFolder { get; }

    /// <summary>The images that are left out, before any are held back; null for none.</summary>
    public ImageExclusion? Exclusion { get; private set; }

    /// <summary>Where the images to train on come from, for a report.</summary>
    internal string TrainedOn => Folder ?? ListFile ?? Name;

    /// <summary>
    /// A folder with a folder of images for each class, or one with <c>train</c> and <c>val</c> above those: <see cref="ImageFolder"/> and
    /// <see cref="DataSetParts"/>.
    /// </summary>
    /// <param name="folder">Images to train on.</param>
    /// <param name="validation">
    /// A folder like it to validate on; without it, and without <c>val</c>, some images of each class are held back.
    /// </param>
    public static ImageDataSet FromFolder(string folder, string? validation = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return new ImageDataSet(DataSetName.Of(folder), folder, validation);
    }

    /// <summary>Image files and their classes.</summary>
    /// <param name="train">
    /// Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of each class are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">
    /// There are no images to train on, an image has no class or no path, or is listed twice.
    /// </exception>
    public static ImageDataSet FromImages(
        IEnumerable<LabeledImage> train, IEnumerable<LabeledImage>? validation = null, string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return Of(LearningTask.Classification, train, validation, name);
    }

    /// <summary>
    /// A list of image files and their classes (CSV, TSV, JSON lines or Parquet), or one that holds the images themselves (Hugging Face's
    /// Parquet, WebDataset's tar files): <see cref="ImageList"/>. It is read at once; rows that cannot be used are <see cref="LeftOut"/>.
    /// Images that it holds are kept in temporary files until the data set is disposed of.
    /// </summary>
    /// <param name="list">
    /// Images to train on. Where it has a column of splits, those of <c>train</c>; those of <c>val</c>, else of <c>test</c>, are validated
    /// on.
    /// </param>
    /// <param name="validation">
    /// A list like it to validate on; without it, and without splits, some images of each class are held back.
    /// </param>
    /// <param name="options">Which columns, and where paths start; null takes columns with usual names, and the list's folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, lacks a column, or no row can be used; the message says why.</exception>
    public static ImageDataSet FromList(string list, string? validation = null, ImageListOptions? options = null) =>
        Of(LearningTask.Classification, list, validation, options);

    /// <summary>
    /// The list that the training in a folder of results was started with, to go on with it: <see cref="TrainedModel.ReadTraining"/>.
    /// </summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>Null where it was not started with a list of images and their classes.</returns>
    /// <exception cref="TrainingException">There is no such training.</exception>
    public static ImageDataSet? FromTraining(string folder) => FromTraining(LearningTask.Classification, folder);

    /// <inheritdoc cref="FromTraining(string)"/>
    internal static ImageDataSet? FromTraining(LearningTask task, string folder) =>
        TuningConfiguration.Load(folder) is { List: string list } training && training.Task == task.Name
            ? Of(task, list, training.ValidationList, training.ListOptions).Without(ImageExclusion.FromTraining(folder))
            : null;

    /// <inheritdoc cref="FromList"/>
    internal static ImageDataSet Of(LearningTask task, string list, string? validation, ImageListOptions? options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(list);
        options ??= new ImageListOptions();
        var spooled = new SpooledImages();
        try
        {
            var all = LabelList.Read(list, task, options, spooled, "train");
            LabelList? others = validation is null ? null : LabelList.Read(validation, task, options, spooled, "validation");
            return new ImageDataSet(DataSetName.OfList(list), task, all, others, spooled)
            {
                LeftOut = [.. all.LeftOut, .. others?.LeftOut ?? []],
                ListFile = list,
                ValidationListFile = validation,
                ListOptions = options,
            };
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="FromImages"/>
    internal static ImageDataSet Of(
        LearningTask task, IEnumerable<LabeledImage> train, IEnumerable<LabeledImage>? validation, string name) =>
        new(name, task, [.. train], validation is null ? null : [.. validation]);

    /// <summary>The content of image files, and their classes. Dispose of the data set once its training is over and saved.</summary>
    /// <param name="train">
    /// Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of each class are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">There are no images to train on, or an image has no class.</exception>
    public static ImageDataSet FromEncodedImages(
        IEnumerable<(ReadOnlyMemory<byte> Content, string Label)> train,
        IEnumerable<(ReadOnlyMemory<byte> Content, string Label)>? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return Of(LearningTask.Classification, train, validation, name);
    }

    /// <inheritdoc cref="FromEncodedImages"/>
    internal static ImageDataSet Of(
        LearningTask task, IEnumerable<(ReadOnlyMemory<byte> Content, string Label)> train,
        IEnumerable<(ReadOnlyMemory<byte> Content, string Label)>? validation, string name) =>
        Spooled(name, task, images => (images.Add(train, "train", task), validation is null ? null : images.Add(validation, "validation", task)));

    /// <summary>
    /// The images of ML.NET's data, which are read at once. Where they are not in files of their own, dispose of the data set once its
    /// training is over and saved.
    /// </summary>
    /// <param name="train">
    /// Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="imageColumnName">The column of images: paths (text), contents of files (vectors of bytes) or <c>MLImage</c>s.</param>
    /// <param name="labelColumnName">The column of classes: text, keys, Boolean or numbers. A key's value names its class.</param>
    /// <param name="validation">
    /// Images to validate on, in columns of the same names; without them, some of each class are held back.
    /// </param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A label is missing.</exception>
    /// <exception cref="ArgumentException">There are no images to train on, an image has no path, or is listed twice.</exception>
    public static ImageDataSet FromDataView(
        IDataView train, string imageColumnName = "ImagePath", string labelColumnName = "Label", IDataView? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return Of(LearningTask.Classification, train, imageColumnName, labelColumnName, validation, name);
    }

    /// <inheritdoc cref="FromDataView"/>
    internal static ImageDataSet Of(
        LearningTask task, IDataView train, string imageColumnName, string labelColumnName, IDataView? validation, string name) =>
        Spooled(name, task, images => (
            images.Add(train, imageColumnName, labelColumnName, "train", task),
            validation is null ? null : images.Add(validation, imageColumnName, labelColumnName, "validation", task)));

    /// <summary>
    /// The same data without some of the images: they are left out of what is trained, validated and measured on, before any are held back. It
    /// shares the temporary files of images in memory, which are gone when either is disposed of.
    /// </summary>
    /// <param name="exclusion">The images to leave out, in place of those before; null leaves none out.</param>
    public ImageDataSet Without(ImageExclusion? exclusion)
    {
        var others = (ImageDataSet)MemberwiseClone();
        others.Exclusion = exclusion;
        return others;
    }

    /// <summary>Deletes the temporary files of images in memory; other files stay.</summary>
    public void Dispose() => spooled?.Dispose();

    /// <summary>
    /// Where results go unless a folder is named: into the current folder, under the name of the data with <paramref name="what"/> behind
    /// it; where the current folder lies in the data, beside the data.
    /// </summary>
    /// <param name="what">What the results are, such as "model".</param>
    /// <exception cref="TrainingException">The data are all that there is.</exception>
    public string DefaultResultFolder(string what) =>
        Folder is null ? $"{Name}-{what}" : OutputPlace.Default(what, Folder, ValidationFolder);

    /// <summary>The same with the folders that are trained and validated on, where the one above them is named.</summary>
    internal ImageDataSet Resolved(IProgress<TrainingEvent>? progress)
    {
        if (Folder is null) return this;
        DataFolders folders = DataFolders.ToTrain(Folder, ValidationFolder, progress);
        return new ImageDataSet(Name, folders.Train, folders.Validation).Without(Exclusion);
    }

    /// <summary>Lists the images.</summary>
    /// <exception cref="TrainingException">None is left, or none of a class, unless that is allowed.</exception>
    internal TrainingImages List(bool allowMissingClasses)
    {
        if (Folder is null)
        {
            return train.Count > 0
                ? Listed(train)
                : throw new TrainingException($"'{ListFile}' has no images to train on: they are all of other splits.");
        }
        ImageFolderListing images = ImageFolder.List(Folder);
        ImageFolderListing? others = ValidationFolder is null ? null : ImageFolder.List(ValidationFolder);
        IReadOnlyList<LabeledImage> trained = Kept(images);
        IReadOnlyList<LabeledImage>? validated = others is null ? null : Kept(others);
        ClassSets.RequireImages(images.Classes, trained, Folder, allowMissingClasses);
        if (validated is not null) ClassSets.RequireImages(others!.Classes, validated, ValidationFolder!, allowMissingClasses);
        return new TrainingImages(trained, validated)
        {
            Classes = images.Classes,
            PassedOver = [.. images.PassedOver, .. others?.PassedOver ?? []],
            ExclusionNotes = NotesOn([.. images, .. others ?? Enumerable.Empty<LabeledImage>()]),
        };
    }

    /// <summary>
    /// Lists the images to measure a model on: of what comes in parts, those that it was neither trained nor chosen by, where there are any;
    /// else all.
    /// </summary>
    /// <exception cref="TrainingException">There are only images to train on.</exception>
    internal TrainingImages ListToMeasure(bool allowMissingClasses)
    {
        if (Folder is not null) return List(allowMissingClasses);
        return measured is []
            ? throw new TrainingException(
                $"'{ListFile}' has images to train on only. Name the list to measure on, or give images the split test.")
            : Listed(measured ?? train);
    }

    /// <summary>What an image is known by wherever the data lie.</summary>
    /// <param name="path">The file.</param>
    /// <param name="validated">Whether it is one of the folder to validate on.</param>
    internal string PlaceOf(string path, bool validated)
    {
        string? list = validated ? ValidationListFile ?? ListFile : ListFile;
        if (spooled?.NameOf(path) is string held) return held;
        if (Folder is null && list is null) return path;
        string folder = Folder is null ? ListOptions?.Root ?? Path.GetDirectoryName(Path.GetFullPath(list!))!
            : validated ? ValidationFolder ?? Folder
            : Folder;
        return Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>What an image is called: its path, or its place among those in memory.</summary>
    internal string NameOf(string path) => spooled?.NameOf(path) ?? path;

    /// <summary>The images that do not come from folders, in the parts that there are.</summary>
    internal IEnumerable<(string Name, IReadOnlyList<LabeledImage> Images)> ListedParts
    {
        get
        {
            if (train.Count > 0) yield return ("train", train);
            if (validation is { Count: > 0 }) yield return ("validation", validation);
            if (measured is { Count: > 0 } && measured != train && measured != validation) yield return ("test", measured);
        }
    }

    private TrainingImages Listed(IReadOnlyList<LabeledImage> images)
    {
        IReadOnlyList<LabeledImage> kept = Kept(images);
        return new TrainingImages(kept, validation is null ? null : Kept(validation))
        {
            Classes = [.. kept.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)],
            LeftOut = LeftOut,
            ExclusionNotes = NotesOn([.. images, .. validation ?? []]),
        };
    }

    /// <exception cref="TrainingException">No image is left.</exception>
    private IReadOnlyList<LabeledImage> Kept(IReadOnlyList<LabeledImage> images) =>
        Exclusion?.Others(images, image => NameOf(image.ImagePath)) ?? images;

    private IReadOnlyList<string> NotesOn(IEnumerable<LabeledImage> images) =>
        Exclusion?.Notes([.. images.Select(image => NameOf(image.ImagePath))]) ?? [];

    private static ImageDataSet Spooled(
        string name, LearningTask task, Func<SpooledImages, (IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledImage>?)> read)
    {
        var images = new SpooledImages();
        try
        {
            (IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage>? validation) = read(images);
            return new ImageDataSet(name, task, train, validation, images);
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    private static void Check(IReadOnlyList<LabeledImage> images, LearningTask task, string parameter)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int i, LabeledImage image) in images.Index())
        {
            if (string.IsNullOrEmpty(image.ImagePath)) throw new ArgumentException($"Image {i} has no path.", parameter);
            if (task.ProblemOf(image.Label) is string problem) throw new ArgumentException($"'{image.ImagePath}' {problem}", parameter);
            if (!paths.Add(image.ImagePath))
                throw new ArgumentException($"'{image.ImagePath}' is listed twice. List each image once.", parameter);
        }
    }
}
