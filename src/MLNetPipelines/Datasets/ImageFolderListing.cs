using System.Collections;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The images of a folder with a folder for each class, by class and then by path, and what else is there.</summary>
public sealed class ImageFolderListing : IReadOnlyList<LabeledImage>
{
    private readonly IReadOnlyList<LabeledImage> images;

    internal ImageFolderListing(IReadOnlyList<string> classes, IReadOnlyList<LabeledImage> images, IReadOnlyList<PassedOver> passedOver)
    {
        this.images = images;
        Classes = classes;
        PassedOver = passedOver;
    }

    /// <summary>The class folders' names in ordinal order, those without images among them.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Files and folders that are left out, in ordinal order of their paths.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; }

    /// <inheritdoc/>
    public int Count => images.Count;

    /// <inheritdoc/>
    public LabeledImage this[int index] => images[index];

    /// <inheritdoc/>
    public IEnumerator<LabeledImage> GetEnumerator() => images.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The paths of image files in ordinal order, and what else is there.</summary>
public sealed class ImageFileListing : IReadOnlyList<string>
{
    private readonly IReadOnlyList<string> files;

    internal ImageFileListing(IReadOnlyList<string> files, IReadOnlyList<PassedOver> passedOver)
    {
        this.files = files;
        PassedOver = passedOver;
    }

    /// <summary>Files and folders that are left out, in ordinal order of their paths.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; }

    /// <inheritdoc/>
    public int Count => files.Count;

    /// <inheritdoc/>
    public string this[int index] => files[index];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => files.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
