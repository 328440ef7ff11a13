using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a data set is called.</summary>
internal static class DataSetName
{
    /// <summary>
    /// The name of its folder, however that is written; where that is a part's (train, test or the like), the name of the folder above.
    /// </summary>
    public static string Of(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), name = Path.GetFileName(path);
        return DataSetParts.IsPartName(name) && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } whole ? whole : name;
    }

    /// <summary>The same of a list, without the ending and the numbers of its files.</summary>
    public static string OfList(string list) => Of(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(list))!, ImageList.NameOf(list)));
}
