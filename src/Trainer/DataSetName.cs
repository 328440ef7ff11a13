namespace ResNetMLNet.Trainer;

/// <summary>What a data set is called.</summary>
internal static class DataSetName
{
    /// <summary>The name of its folder, however that is written.</summary>
    public static string Of(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
