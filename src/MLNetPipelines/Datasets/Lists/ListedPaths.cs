namespace ResNetMLNet.MLNetPipelines;

/// <summary>What the cells of a row say: the image's file below the root, its label, its part.</summary>
internal sealed class ListedPaths
{
    // What a decoder writes for bytes that are not text.
    private const char Replacement = '\uFFFD';

    private readonly string given;
    private readonly string full;

    /// <param name="list">The list's file.</param>
    /// <param name="root">The folder that paths are relative to; null for the list's own.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public ListedPaths(string list, string? root)
    {
        if (root is not null && !Directory.Exists(root)) throw new DirectoryNotFoundException($"The folder '{root}' does not exist.");
        given = root ?? Path.GetDirectoryName(list) ?? "";
        full = Path.GetFullPath(given.Length == 0 ? "." : given);
    }

    /// <summary>A row of cells.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="path">The image's file; null and empty are a problem.</param>
    /// <param name="label">The label; null where there is no column or no value.</param>
    /// <param name="hasSplits">Whether the list says of each image which part it is of.</param>
    /// <param name="split">The part.</param>
    public ImageListRow Row(string place, string? path, string? label, bool hasSplits, string? split)
    {
        (DataSetPart? part, string? problem) = PartOf(hasSplits, split);
        string? file = null;
        if (problem is null) (file, problem) = Resolve(path);
        if (problem is null && label?.Contains(Replacement) == true) problem = NotText("label");
        return problem is null
            ? new ImageListRow { Place = place, ImagePath = file, Label = label?.Trim(), Part = part }
            : new ImageListRow { Place = place, Part = part, Problem = problem };
    }

    /// <summary>The part that a cell names, and what is wrong with it.</summary>
    public static (DataSetPart? Part, string? Problem) PartOf(bool hasSplits, string? split)
    {
        if (!hasSplits) return (null, null);
        if (string.IsNullOrWhiteSpace(split)) return (null, "has no split. Write train, val or test, or remove the line");
        return DataSetParts.PartOf(split.Trim()) is DataSetPart part
            ? (part, null)
            : (null, $"has the split '{DisplayText.Of(split)}', which is none of train, val and test");
    }

    private (string? File, string? Problem) Resolve(string? cell)
    {
        string path = cell?.Trim() ?? "";
        if (path.Length == 0) return (null, "has no path. Name an image file, or remove the line");
        if (path.Contains(Replacement)) return (null, NotText("path"));
        if (path.Contains('\0')) return (null, "has a path with a NUL in it. Name an image file, or remove the line");
        return RealPath.IsWithin(Path.GetFullPath(path, full), full)
            ? (Path.Combine(given, path), null)
            : (null, $"names '{DisplayText.Of(path, 300)}', which lies outside of '{(given.Length == 0 ? "." : given)}'. "
                + "Move the image there, or name a root that holds all images");
    }

    private static string NotText(string what) => $"has a {what} that is not UTF-8 text. Save the list as UTF-8";
}
