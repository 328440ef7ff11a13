namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A folder with a folder for each class, as <c>photos/cat/1.jpg</c>, <c>photos/dog/indoors/2.jpg</c>. Hidden files and folders,
/// links, and files beside the class folders do not count; every other file does, whatever its name.
/// </summary>
public static class ImageFolder
{
    /// <summary>Lists the files, by class and then by path, both in ordinal order: the same everywhere.</summary>
    /// <param name="path">The folder above the class folders.</param>
    /// <returns>At least one file; the paths start with <paramref name="path"/> as it was given.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no class folder in it, or no file in any.</exception>
    public static IReadOnlyList<LabeledImage> List(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DirectoryInfo root = new(path);
        if (!root.Exists)
        {
            throw new DirectoryNotFoundException(
                File.Exists(path) ? $"'{path}' is a file, not a folder of class folders." : $"The folder '{path}' does not exist.");
        }

        List<DirectoryInfo> classes = [.. Visible(root).OfType<DirectoryInfo>().OrderBy(folder => folder.Name, StringComparer.Ordinal)];
        if (classes.Count == 0)
        {
            throw new InvalidDataException(
                $"The folder '{path}' has no class folders. Put the images of each class into a folder named after it, "
                + $"such as '{Path.Combine(path, "cat")}' and '{Path.Combine(path, "dog")}'. Links and hidden folders do not count.");
        }

        List<LabeledImage> images = [.. classes.SelectMany(folder => Files(folder, Path.Combine(path, folder.Name))
            .OrderBy(file => file.Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal)
            .Select(file => new LabeledImage { ImagePath = file, Label = folder.Name }))];
        return images.Count > 0
            ? images
            : throw new InvalidDataException(
                $"The class folders of '{path}' have no files in them: '{string.Join("', '", classes.Select(folder => folder.Name))}'. "
                + "Links and hidden files do not count.");
    }

    /// <summary>Lists the files in a folder and the folders below it, whatever their names, in ordinal order; a file is itself.</summary>
    /// <param name="path">A folder or a file.</param>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    /// <exception cref="InvalidDataException">There is no file in the folder.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
        string[] files = [.. Files(new DirectoryInfo(path), path).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new InvalidDataException($"The folder '{path}' has no files in it. Links and hidden files do not count.");
    }

    private static IEnumerable<string> Files(DirectoryInfo folder, string path) => Visible(folder).SelectMany(entry => entry switch
    {
        DirectoryInfo inner => Files(inner, Path.Combine(path, inner.Name)),
        _ => [Path.Combine(path, entry.Name)],
    });

    // Links are left alone, so that no listing leaves the folder or goes round in circles.
    private static IEnumerable<FileSystemInfo> Visible(DirectoryInfo folder) => folder.EnumerateFileSystemInfos()
        .Where(entry => entry.Name[0] != '.' && !entry.Attributes.HasFlag(FileAttributes.Hidden) && entry.LinkTarget is null);
}
