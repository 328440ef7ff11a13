namespace ResNetMLNet.MLNetPipelines;

/// <summary>A file or folder that a listing leaves out. What is in such a folder is not counted.</summary>
/// <param name="Path">The file or folder; it starts with the listed folder's path as it was given.</param>
/// <param name="Reason">What it is: "hidden", "not an image", "a broken link".</param>
public sealed record PassedOver(string Path, string Reason)
{
    /// <summary>The reason of a name that starts with a dot.</summary>
    public const string Hidden = "hidden";

    /// <summary>The reason of what operating systems and storage devices leave: Thumbs.db, @eaDir, lost+found.</summary>
    public const string System = "made by the system";

    internal const string NotAnImage = "not an image", BesideClasses = "beside the class folders",
        BrokenLink = "a broken link", Loop = "a link to a folder that it is in", Again = "listed already by another path", Denied =
            "not readable by this user";

    /// <summary>Counts by reason, the most frequent first: "hidden (3), a broken link (1)".</summary>
    public static string Summary(IEnumerable<PassedOver> entries) => string.Join(", ", entries.CountBy(entry => entry.Reason)
        .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => $"{count.Key} ({count.Value})"));

    /// <summary>The end of an error's message where nothing is left.</summary>
    internal static string Hint(IReadOnlyCollection<PassedOver> entries) => entries.Count == 0 ? "" : $" Passed over: {Summary(entries)}.";
}
