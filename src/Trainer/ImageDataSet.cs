using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Images and their classes to train on, and maybe others to validate on. Nothing is read before a training starts.</summary>
public sealed class ImageDataSet
{
    private readonly IReadOnlyList<LabeledImage> train = [];
    private readonly IReadOnlyList<LabeledImage>? validation;

    private ImageDataSet(string name, string? folder, string? validationFolder)
    {
        Name = name;
        Folder = folder;
        ValidationFolder = validationFolder;
    }

    private ImageDataSet(string name, IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage>? validation)
    {
        Name = name;
        this.train = train;
        this.validation = validation;
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>The folder of the images to train on, as it was named; null where they come from a list.</summary>
    public string? Folder { get; }

    /// <summary>The folder of the images to validate on; null where some of the others are held back, or they come from a list.</summary>
    public string? ValidationFolder { get; }

    /// <summary>A folder with a folder of images for each class, or one with <c>train</c> and <c>val</c> above those: <see cref="ImageFolder"/> and <see cref="DataSetParts"/>.</summary>
    /// <param name="folder">Images to train on.</param>
    /// <param name="validation">A folder like it to validate on; without it, and without <c>val</c>, some images of each class are held back.</param>
    public static ImageDataSet FromFolder(string folder, string? validation = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return new ImageDataSet(DataSetName.Of(folder), folder, validation);
    }

    /// <summary>Image files and their classes.</summary>
    /// <param name="train">Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.</param>
    /// <param name="validation">Images to validate on; without them, some of each class are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">There are no images to train on, an image has no class or no path, or is listed twice.</exception>
    public static ImageDataSet FromImages(IEnumerable<LabeledImage> train, IEnumerable<LabeledImage>? validation = null, string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        LabeledImage[] first = [.. train];
        LabeledImage[]? second = validation is null ? null : [.. validation];
        if (first.Length == 0) throw new ArgumentException("There are no images to train on.", nameof(train));
        if (second is []) throw new ArgumentException("There are no images to validate on. Pass null to hold some of the others back.", nameof(validation));
        Check(first, nameof(train));
        if (second is not null) Check(second, nameof(validation));
        return new ImageDataSet(name, first, second);
    }

    /// <summary>
    /// Where results go unless a folder is named: into the current folder, under the name of the data with <paramref name="what"/> behind it; where
    /// the current folder lies in the data, beside the data.
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
            return new TrainingImages(train, validation) { Classes = [.. train.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)] };
        }
        ImageFolderListing images = ImageFolder.List(Folder);
        ImageFolderListing? others = ValidationFolder is null ? null : ImageFolder.List(ValidationFolder);
        ClassSets.RequireImages(images, Folder, allowMissingClasses);
        if (others is not null) ClassSets.RequireImages(others, ValidationFolder!, allowMissingClasses);
        return new TrainingImages(images, others) { Classes = images.Classes, PassedOver = [.. images.PassedOver, .. others?.PassedOver ?? []] };
    }

    /// <summary>What an image is known by wherever the data lie.</summary>
    /// <param name="path">The file.</param>
    /// <param name="validated">Whether it is one of the folder to validate on.</param>
    internal string PlaceOf(string path, bool validated) => Folder is null
        ? path
        : Path.GetRelativePath(validated ? ValidationFolder ?? Folder : Folder, path).Replace(Path.DirectorySeparatorChar, '/');

    private static void Check(LabeledImage[] images, string parameter)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int i, LabeledImage image) in images.Index())
        {
            if (string.IsNullOrEmpty(image.ImagePath)) throw new ArgumentException($"Image {i} has no path.", parameter);
            if (string.IsNullOrWhiteSpace(image.Label)) throw new ArgumentException($"'{image.ImagePath}' has no class. Each image needs the name of one.", parameter);
            if (!paths.Add(image.ImagePath)) throw new ArgumentException($"'{image.ImagePath}' is listed twice. List each image once.", parameter);
        }
    }
}
