namespace ResNetMLNet.Trainer;

/// <summary>What a data set is called.</summary>
internal static class DataSetName
{
    // A part of a data set is not called as the whole is.
    private static readonly HashSet<string> Parts = new(["train", "training", "val", "valid", "validation", "test"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The name of its folder, however that is written; where that is train, test or the like, the name of the folder above.</summary>
    public static string Of(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), name = Path.GetFileName(path);
        return Parts.Contains(name) && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } whole ? whole : name;
    }
}
