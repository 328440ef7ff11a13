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

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>What its labels are for.</summary>
    internal LearningTask Task { get; } = LearningTask.Classification;

    /// <summary>Lines of the lists that cannot be used.</summary>
    internal IReadOnlyList<SkippedImage> LeftOut { get; private init; } = [];

    /// <summary>The file that lists the images to train on, as it was named; null where they do not come from one.</summary>
    internal string? ListFile { get; private init; }

    /// <summary>The file that lists the images to validate on.</summary>
    internal string? ValidationListFile { get; private init; }

    /// <summary>The folder of the images to train on, as it was named; null where they come from a list.</summary>
    public string? Folder { get; }

    /// <summary>The folder of the images to validate on; null where some of the others are held back, or they come from a list.</summary>
    public string? ValidationFolder { get; }

    /// <summary>What is read of lists of numbers; null where they are of something else.</summary>
    internal ValueColumns? ValueColumns { get; private init; }

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

    /// <summary>Reads lists of images.</summary>
    /// <param name="task">What their labels are for.</param>
    /// <param name="path">Images to train on.</param>
    /// <param name="validation">Images to validate on; without it, some of the others are held back.</param>
    internal static ImageDataSet FromList(LearningTask task, string path, string? validation)
    {
        LabelList train = LabelList.Read(path);
        LabelList? others = validation is null ? null : LabelList.Read(validation);
        return new ImageDataSet(DataSetName.Of(Path.ChangeExtension(path, null)), task, Labelled(train), others is null ? null : Labelled(others))
        {
            LeftOut = [.. train.LeftOut, .. others?.LeftOut ?? []],
            ListFile = path,
            ValidationListFile = validation,
        };

        static LabeledImage[] Labelled(LabelList list) =>
            [.. list.Images.Select(image => new LabeledImage { ImagePath = image.ImagePath, Label = LabelSet.Of(image.Labels) })];
    }

    /// <summary>Reads lists of images and a number for each.</summary>
    /// <param name="path">Images to train on.</param>
    /// <param name="validation">Images to validate on; without it, some of the others are held back.</param>
    /// <param name="columns">What is read.</param>
    internal static ImageDataSet FromValues(string path, string? validation, ValueColumns columns)
    {
        List<LabeledImage> train = ValueList.Read(path, columns);
        List<LabeledImage>? others = validation is null ? null : ValueList.Read(validation, columns);
        return new ImageDataSet(DataSetName.Of(Path.ChangeExtension(path, null)), LearningTask.Regression, train, others)
        {
            ListFile = path,
            ValidationListFile = validation,
            ValueColumns = columns,
        };
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
        return new ImageDataSet(Name, folders.Train, folders.Validation);
    }

    /// <summary>Lists the images.</summary>
    internal TrainingImages List(bool allowMissingClasses)
    {
        if (Folder is null)
        {
            return new TrainingImages(train, validation)
            {
                Classes = [.. train.Select(image => image.Label).Distinct().Order(
                StringComparer.Ordinal)],
                LeftOut = LeftOut,
            };
        }
        ImageFolderListing images = ImageFolder.List(Folder);
        ImageFolderListing? others = ValidationFolder is null ? null : ImageFolder.List(ValidationFolder);
        ClassSets.RequireImages(images, Folder, allowMissingClasses);
        if (others is not null) ClassSets.RequireImages(others, ValidationFolder!, allowMissingClasses);
        return new TrainingImages(images, others)
        {
            Classes = images.Classes,
            PassedOver = [.. images.PassedOver, .. others?.PassedOver ?? []]
        };
    }

    /// <summary>What an image is known by wherever the data lie.</summary>
    /// <param name="path">The file.</param>
    /// <param name="validated">Whether it is one of the folder to validate on.</param>
    internal string PlaceOf(string path, bool validated) => Folder is null
        ? (validated ? ValidationListFile ?? ListFile : ListFile) is string list
            ? Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(list))!, path).Replace(Path.DirectorySeparatorChar, '/')
            : spooled?.NameOf(path) ?? path
        : Path.GetRelativePath(validated ? ValidationFolder ?? Folder : Folder, path).Replace(Path.DirectorySeparatorChar, '/');

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
