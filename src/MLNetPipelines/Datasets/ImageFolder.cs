namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A folder with a folder for each class, as <c>photos/cat/1.jpg</c>, <c>photos/dog/indoors/2.jpg</c>. A file counts that has an image
/// format's extension or, whatever its name, starts as an image does. Links are followed. Hidden files and folders, those that systems
/// make (<c>Thumbs.db</c>, <c>@eaDir</c>, <c>lost+found</c>), pipes and devices, and files beside the class folders are passed over, and
/// the listing says which.
/// </summary>
public static class ImageFolder
{
    /// <summary>Lists the images, by class and then by path, both in ordinal order: the same everywhere.</summary>
    /// <param name="path">The folder above the class folders.</param>
    /// <returns>At least one image; the paths start with <paramref name="path"/> as it was given.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">
    /// There is no class folder in it, or no image in any; two class folders are the same folder or differ only in upper and lower case,
    /// Unicode form or spaces around; a name is not UTF-8; it holds the parts of a data set, <see cref="DataSetParts"/>.
    /// </exception>
    public static ImageFolderListing List(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireFolder(path);
        if (DataSetParts.Find(path) is { } parts)
        {
            throw new InvalidDataException(
                $"'{path}' holds the parts of a data set ({parts.Names}), which are not classes. Name one of them, such as "
                    + $"'{parts.Train}'.");
        }

        var passedOver = new List<PassedOver>();
        IReadOnlyList<(string Name, string Path, string RealPath)> classes = FolderWalk.ClassFolders(path, passedOver);
        if (classes.Count == 0)
        {
            throw new InvalidDataException(
                $"The folder '{path}' has no class folders. Put the images of each class into a folder named after it, "
                + $"such as '{Path.Combine(path, "cat")}' and '{Path.Combine(path, "dog")}'.{PassedOver.Hint(passedOver)}");
        }

        ClassFolderNames.RequireDistinct(path, classes);
        LabeledImage[] images = [.. classes.SelectMany(folder => new FolderWalk(passedOver).Files(folder.Path, folder.RealPath)
            .Select(file => new LabeledImage { ImagePath = file, Label = folder.Name }))];
        return images.Length > 0
            ? new ImageFolderListing([.. classes.Select(folder => folder.Name)], images, FolderWalk.InOrder(passedOver))
            : throw new InvalidDataException(
                $"The class folders of '{path}' have no images in them: "
                    + $"'{string.Join("', '", classes.Select(folder => folder.Name))}'.{PassedOver.Hint(passedOver)}");
    }

    /// <summary>Whether there are folders in a folder that <see cref="List"/> would take for classes.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static bool HasClassFolders(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireFolder(path);
        return FolderWalk.ClassFolders(path, []).Count > 0;
    }

    /// <summary>Lists the images in a folder and the folders below it, in ordinal order; a file is itself, whatever is in it.</summary>
    /// <param name="path">A folder or a file.</param>
    /// <returns>At least one path; the paths start with <paramref name="path"/> as it was given.</returns>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    /// <exception cref="InvalidDataException">There is no image in the folder, or a name in it is not UTF-8.</exception>
    public static ImageFileListing Files(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) return new ImageFileListing([path], []);
        if (!Directory.Exists(path)) throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
        var passedOver = new List<PassedOver>();
        IReadOnlyList<string> files = new FolderWalk(passedOver).Files(path, RealPath.Of(path));
        return files.Count > 0
            ? new ImageFileListing(files, FolderWalk.InOrder(passedOver))
            : throw new InvalidDataException($"The folder '{path}' has no images in it.{PassedOver.Hint(passedOver)}");
    }

    internal static void RequireFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException(
                File.Exists(path) ? $"'{path}' is a file, not a folder of class folders." : $"The folder '{path}' does not exist.");
        }
    }
}
