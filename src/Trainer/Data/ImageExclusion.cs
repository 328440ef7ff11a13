using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images to leave out of a data set, by the paths of their files: those that <see cref="DataCheckReport.WriteCsv"/> listed, for example.
/// </summary>
public sealed class ImageExclusion
{
    private const string Column = "path";

    private const int Examples = 3;

    private readonly List<(string Given, string[] Whole)> paths = [];
    private readonly HashSet<string> all = new(StringComparer.Ordinal);

    private ImageExclusion(string? file) => File = file;

    /// <summary>The file that lists them, as it was named; null where none does.</summary>
    public string? File { get; }

    /// <summary>The lines of the file that name nothing, from 1.</summary>
    private List<int> Empty { get; } = [];

    /// <summary>
    /// Reads a table whose first line names its columns, separated by commas, semicolons or tabs: the column <c>path</c> has the files, other
    /// columns are passed over. Relative paths are so to the current folder or to the table's.
    /// </summary>
    /// <param name="file">The table.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It has no such column; the message says what it has.</exception>
    public static ImageExclusion Read(string file)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        if (!System.IO.File.Exists(file))
            throw new FileNotFoundException($"The list of images to leave out, '{file}', does not exist.", file);
        var exclusion = new ImageExclusion(file);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        using CsvParser table = Open(file);
        string[] columns = table.Read() ? table.Record! : [];
        int column = Array.FindIndex(columns, name => string.Equals(name.Trim(), Column, StringComparison.OrdinalIgnoreCase));
        if (column < 0)
        {
            throw new InvalidDataException(
                $"The first line of '{file}' has the columns '{string.Join("', '", columns)}', and none named {Column}. "
                + "Name the column of the images to leave out so.");
        }

        while (table.Read())
        {
            string path = column < table.Record!.Length ? SpreadsheetText.Restore(table.Record[column]) : "";
            if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)) exclusion.Empty.Add(table.RawRow);
            else exclusion.Add(path, Path.GetFullPath(path, folder));
        }

        return exclusion;
    }

    /// <summary>The images to leave out.</summary>
    /// <param name="imagePaths">Their files, relative to the current folder.</param>
    public static ImageExclusion Of(IEnumerable<string> imagePaths)
    {
        ArgumentNullException.ThrowIfNull(imagePaths);
        var exclusion = new ImageExclusion(file: null);
        foreach (string path in imagePaths) exclusion.Add(path);
        return exclusion;
    }

    /// <summary>What the training in a folder of results left out, to go on with it: <see cref="TrainedModel.ReadTraining"/>.</summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>Null where no file named images to leave out.</returns>
    /// <exception cref="TrainingException">There is no such training.</exception>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    public static ImageExclusion? FromTraining(string folder) =>
        TuningConfiguration.Load(folder).Exclude is string file ? Read(file) : null;

    /// <summary>Whether an image is to be left out.</summary>
    /// <param name="imagePath">Its file, relative to the current folder.</param>
    public bool Contains(string imagePath) => all.Contains(Path.GetFullPath(imagePath));

    /// <summary>The others of some images, in the order given.</summary>
    /// <param name="imagePaths">The files, relative to the current folder.</param>
    /// <param name="progress">Is told how many are left out, and which paths are of none of the images.</param>
    /// <exception cref="TrainingException">No image is left.</exception>
    public IReadOnlyList<string> Others(IReadOnlyList<string> imagePaths, IProgress<TrainingEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(imagePaths);
        IReadOnlyList<string> others = Others(imagePaths, path => path);
        foreach (string note in Notes(imagePaths)) progress.Say($"{note}");
        return others;
    }

    /// <inheritdoc cref="Others(IReadOnlyList{string}, IProgress{TrainingEvent})"/>
    internal IReadOnlyList<T> Others<T>(IReadOnlyList<T> images, Func<T, string> pathOf)
    {
        T[] others = [.. images.Where(image => !Contains(pathOf(image)))];
        return others.Length > 0 || images.Count == 0
            ? others
            : throw new TrainingException(File is null
                ? $"All {images.Count} images are left out. Leave out fewer."
                : $"All {images.Count} images are left out: '{File}' lists them. Delete lines from it to keep some.");
    }

    /// <summary>How many of some images are left out, and which paths are of none of them: a sentence each.</summary>
    internal IReadOnlyList<string> Notes(IReadOnlyCollection<string> imagePaths)
    {
        string from = File is null ? "" : $" that '{File}' lists";
        HashSet<string> present = [.. imagePaths.Select(path => Path.GetFullPath(path))];
        string[] unknown = [.. paths.Where(path => !path.Whole.Any(present.Contains)).Select(path => path.Given).Distinct()];
        int leftOut = present.Count(all.Contains);
        var notes = new List<string> { $"Left out {Images(leftOut)}{from}." };
        if (unknown.Length > 0)
        {
            string count = unknown.Length == 1 ? "1 path to leave out is" : $"{unknown.Length} paths to leave out are";
            notes.Add($"{count} not among these images: {First(unknown.Select(path => $"'{path}'"))}.");
        }

        if (Empty.Count > 0)
        {
            IEnumerable<string> lines = Empty.Select(line => line.ToString(CultureInfo.InvariantCulture));
            notes.Add($"'{File}' has lines without a path, which were passed over: {First(lines)}.");
        }

        return notes;
    }

    private static CsvParser Open(string file)
    {
        string heading = System.IO.File.ReadLines(file).FirstOrDefault() ?? "";
        // Spreadsheets of half the world separate by semicolons.
        string separator = new[] { ",", ";", "\t" }.FirstOrDefault(heading.Contains) ?? ",";
        return new CsvParser(
            new StreamReader(file), new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = separator, BadDataFound = null, IgnoreBlankLines = true });
    }

    private static string First(IEnumerable<string> texts)
    {
        string[] some = [.. texts.Take(Examples + 1)];
        return $"{string.Join(", ", some.Take(Examples))}{(some.Length > Examples ? ", ..." : "")}";
    }

    private static string Images(int count) => count == 1 ? "1 image" : $"{count} images";

    private void Add(string path, params string[] otherPlaces)
    {
        string[] whole = [Path.GetFullPath(path), .. otherPlaces];
        paths.Add((path, whole));
        all.UnionWith(whole);
    }
}
