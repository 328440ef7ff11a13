using System.Globalization;
using System.Text.RegularExpressions;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a list is written.</summary>
internal enum ListFormat { Delimited, JsonLines, Parquet, Tar }

/// <summary>The files of a list: one, those of a folder, or those whose numbers are in braces.</summary>
internal static partial class ListFiles
{
    private const int MostShards = 100_000, TarMagicPlace = 257;

    /// <summary>The format; null where it is not a list.</summary>
    public static ListFormat? FormatOf(string path)
    {
        if (Directory.Exists(path)) return ShardsIn(path) is [string first, ..] ? FormatOfName(first) : null;
        return FormatOfName(path) ?? FormatOfContent(path);
    }

    /// <summary>The files, in ordinal order.</summary>
    /// <exception cref="FileNotFoundException">One of them does not exist.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        string[] files = Directory.Exists(path) ? ShardsIn(path) : File.Exists(path) ? [path] : [.. Numbered(path)];
        foreach (string file in files)
        {
            if (!File.Exists(file)) throw new FileNotFoundException($"The list '{file}' does not exist.", file);
            if (SpecialFile.KindOf(file) is string kind)
                throw new InvalidDataException($"'{file}' is {kind}, not a file. Name a list of images.");
        }

        return files;
    }

    /// <summary>The part that each file's name starts with; none where not all start with one, or all with the same.</summary>
    public static DataSetPart?[] PartsOf(IReadOnlyList<string> files)
    {
        DataSetPart?[] parts = [.. files.Select(file => DataSetParts.PartOf(FirstWord().Match(Path.GetFileName(file)).Value))];
        return parts.Contains(null) || parts.Distinct().Count() == 1 ? new DataSetPart?[files.Count] : parts;
    }

    /// <summary>What a list is called.</summary>
    public static string NameOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string name = Directory.Exists(full) ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(Braces().Replace(full, ""));
        return name.TrimEnd('-', '_', '.') is { Length: > 0 } trimmed ? trimmed : "images";
    }

    private static ListFormat? FormatOfName(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => ListFormat.Delimited,
        ".jsonl" or ".ndjson" => ListFormat.JsonLines,
        ".parquet" => ListFormat.Parquet,
        ".tar" => ListFormat.Tar,
        _ => null,
    };

    private static ListFormat? FormatOfContent(string path)
    {
        if (!File.Exists(path) || SpecialFile.KindOf(path) is not null) return null;
        try
        {
            Span<byte> start = stackalloc byte[TarMagicPlace + 5];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            return start.StartsWith("PAR1"u8) ? ListFormat.Parquet
                : start.Length > TarMagicPlace && start[TarMagicPlace..].StartsWith("ustar"u8) ? ListFormat.Tar
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // whoever reads it says why
        }
    }

    // Folders in it would be classes.
    private static string[] ShardsIn(string folder)
    {
        string[] files = new[] { "*.parquet", "*.tar" }.Select(pattern => Directory.GetFiles(folder, pattern))
            .FirstOrDefault(found => found.Length > 0, []);
        return files.Length == 0 || FolderWalk.ClassFolders(folder, []).Count > 0 ? [] : [.. files.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Numbered(string path)
    {
        if (Braces().Match(path) is not { Success: true } braces) return [path];
        string first = braces.Groups[1].Value, last = braces.Groups[2].Value;
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
            || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int to) || to < from || to - from >= MostShards)
        {
            throw new InvalidDataException(
                $"'{path}' has {braces.Value} in it, which is not a range of at most {MostShards} numbers such as {{000..146}}.");
        }

        string format = $"D{first.Length}";
        string start = path[..braces.Index], end = path[(braces.Index + braces.Length)..];
        return Enumerable.Range(from, to - from + 1)
            .Select(number => $"{start}{number.ToString(format, CultureInfo.InvariantCulture)}{end}");
    }

    [GeneratedRegex(@"\{([0-9]+)\.\.([0-9]+)\}")]
    private static partial Regex Braces();

    [GeneratedRegex("^[A-Za-z]*")]
    private static partial Regex FirstWord();
}
