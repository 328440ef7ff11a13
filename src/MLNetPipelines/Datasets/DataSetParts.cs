namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A data set that comes split, each part a folder of class folders: <c>root/train</c>, <c>root/val</c> (or <c>valid</c>,
/// <c>validation</c>) and <c>root/test</c>.
/// </summary>
/// <param name="Train">The folder to train on.</param>
/// <param name="Validation">The folder to validate on; null where there is none.</param>
/// <param name="Test">The folder to measure on at the end; null where there is none.</param>
public sealed record DataSetParts(string Train, string? Validation, string? Test)
{
    private static readonly string[] trainNames = ["train", "training"], validationNames = ["val", "valid", "validation"], testNames =
        ["test", "testing"];

    /// <summary>Whether a folder of that name is a part of a data set: train, val, test or the like.</summary>
    public static bool IsPartName(string folder) =>
        PartOf(folder) is not null;

    /// <summary>The part that a name says; null where it says none.</summary>
    internal static DataSetPart? PartOf(string name)
    {
        return Is(trainNames) ? DataSetPart.Train : Is(validationNames) ? DataSetPart.Validation : Is(testNames) ? DataSetPart.Test : null;

        bool Is(string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The parts' names, in quotes.</summary>
    public string Names => string.Join(", ", new[] { Train, Validation, Test }.OfType<string>()
        .Select(part => $"'{Path.GetFileName(part)}'"));

    /// <summary>
    /// Looks whether a folder holds parts and not classes: a folder for training and at most folders for the rest, or one for the rest too.
    /// </summary>
    /// <param name="path">The folder above.</param>
    /// <returns>The parts, whose paths start with <paramref name="path"/> as it was given; null where the folders are classes.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">
    /// Two folders are for the same part; or a part holds images and no class folders, so that neither it nor its folder can be a class.
    /// </exception>
    public static DataSetParts? Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ImageFolder.RequireFolder(path);
        string[] folders = [.. FolderWalk.ClassFolders(path, []).Select(folder => folder.Name)];
        string? train = Named(trainNames), validation = Named(validationNames), test = Named(testNames);
        int parts = new[] { train, validation, test }.Count(part => part is not null);
        // 'train' beside 'bus' and 'car' is a class. Folders for training and for the rest are parts, whatever else there is.
        if (train is null ? parts < 2 || parts < folders.Length : parts < 2 && folders.Length > 1) return null;
        if (train is null)
            throw new InvalidDataException(
                $"'{path}' holds '{validation}' and '{test}' and nothing to train on. Name one of them, or add a folder 'train'.");
        foreach (string part in new[] { train, validation, test }.OfType<string>())
        {
            if (FolderWalk.ClassFolders(Path.Combine(path, part), []).Count == 0)
            {
                throw new InvalidDataException(
                    $"'{Path.Combine(path, part)}' has no class folders. Put its images into a folder for each class, such as "
                        + $"'{Path.Combine(path, part, "cat")}'; "
                    + $"if '{part}' is a class itself, give it another name.");
            }
        }

        return new DataSetParts(Path.Combine(path, train), InPath(validation), InPath(test));

        string? InPath(string? part) => part is null ? null : Path.Combine(path, part);

        string? Named(string[] names)
        {
            string[] found = [.. folders.Where(folder => names.Contains(folder, StringComparer.OrdinalIgnoreCase))];
            return found.Length < 2
                ? found.SingleOrDefault()
                : throw new InvalidDataException(
                    $"'{path}' holds '{found[0]}' and '{found[1]}', which are the same part of a data set. Name the folder to use.");
        }
    }
}
