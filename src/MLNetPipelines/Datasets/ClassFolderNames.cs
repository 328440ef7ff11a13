namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Class folders that people take for one class: <c>Daisy</c> and <c>daisy</c>, which Windows and macOS cannot hold beside each other, a
/// name composed (NFC) and decomposed (NFD), which look the same, and a name with a space behind it.
/// </summary>
internal static class ClassFolderNames
{
    /// <exception cref="InvalidDataException">Two are the same folder, or have names that look alike.</exception>
    public static void RequireDistinct(string path, IReadOnlyList<(string Name, string Path, string RealPath)> classes)
    {
        if (FirstPair(classes, folder => folder.RealPath) is ({ Name: string first }, { Name: string second }))
        {
            throw new InvalidDataException(
                $"'{first}' and '{second}' in '{path}' are the same folder by a link, so each image would be of two classes. Remove the "
                    + $"link.");
        }

        if (FirstPair(classes, folder => Key(folder.Name)) is ({ Name: string one }, { Name: string other }))
        {
            throw new InvalidDataException($"The class folders {Both(one, other)} in '{path}' differ only in {Difference(one, other)}: "
                + "they would be trained as two classes. Put their images into one folder, or give them names that differ.");
        }
    }

    /// <summary>What is the same for names that look alike.</summary>
    public static string Key(string name) => CanonicalForm.Decompose(name).Trim().ToUpperInvariant();

    /// <summary>Two names that look alike, with what tells them apart spelled out.</summary>
    public static string Both(string one, string other) => CanonicalForm.Decompose(one) == CanonicalForm.Decompose(other)
        ? $"'{one}' ({Points(one)}) and '{other}' ({Points(other)})"
        : $"'{one}' and '{other}'";

    /// <summary>In what two names that look alike differ.</summary>
    public static string Difference(string one, string other)
    {
        string a = CanonicalForm.Decompose(one), b = CanonicalForm.Decompose(other);
        return a == b ? "Unicode form (NFC and NFD)" : a.Trim() == b.Trim() ? "spaces around the name" : "upper and lower case";
    }

    private static string Points(string name) => string.Join(' ', name.EnumerateRunes().Where(rune => !rune.IsAscii)
        .Select(rune => $"U+{rune.Value:X4}"));

    private static (T, T)? FirstPair<T>(IEnumerable<T> items, Func<T, string> key) =>
        items.GroupBy(key, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .Select(group => ((T, T)?)(group.First(), group.ElementAt(1))).FirstOrDefault();
}
