namespace ResNetMLNet.MLNetPipelines;

/// <summary>Which columns of a list have what.</summary>
internal static class ListColumns
{
    /// <summary>Names that people give columns; the first that is there is taken.</summary>
    public static readonly string[] Paths = ["file_name", "path", "image_path", "image", "file"],
        Labels = ["label", "labels", "class", "category", "tags", "value"],
        Splits = ["split", "subset", "partition"];

    /// <summary>The place of the column that was asked for, or of one with a usual name; -1 where there is none with such a name.</summary>
    /// <param name="columns">Names of all columns.</param>
    /// <param name="named">The one that was asked for; null for a usual one.</param>
    /// <param name="usual">Usual names.</param>
    /// <param name="list">The list, for the message.</param>
    /// <exception cref="InvalidDataException">There is no column of the name that was asked for.</exception>
    public static int Find(IReadOnlyList<string> columns, string? named, IEnumerable<string> usual, string list)
    {
        if (named is null) return usual.Select(name => Place(columns, name)).FirstOrDefault(place => place >= 0, -1);
        return Place(columns, named) is var at and >= 0
            ? at
            : throw new InvalidDataException($"'{list}' has no column '{named}'. {Shown(columns)}");
    }

    /// <summary>The same of the column of images, which has to be there.</summary>
    public static int Images(IReadOnlyList<string> columns, string? named, string list) =>
        Find(columns, named, Paths, list) is var at and >= 0
        ? at
        : throw new InvalidDataException(
            $"'{list}' has no column of images: none is named {string.Join(" or ", Paths)}. {Shown(columns)} Name the one to use.");

    /// <summary>The columns there are, as a sentence.</summary>
    public static string Shown(IReadOnlyList<string> columns) =>
        columns.Count == 0 ? "It is empty." : $"Its columns are {DisplayText.List(columns)}.";

    /// <summary>Whether two names are the same but for case, underscores, dashes and spaces.</summary>
    public static bool Same(string one, string other) => Key(one) == Key(other);

    private static int Place(IReadOnlyList<string> columns, string name)
    {
        for (int i = 0; i < columns.Count; i++) if (columns[i] == name) return i;
        for (int i = 0; i < columns.Count; i++) if (Same(columns[i], name)) return i;
        return -1;
    }

    private static string Key(string name) => string.Concat(name.Where(letter => letter is not ('_' or '-' or ' '))).ToUpperInvariant();
}
