namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Images that a file lists or holds, with what they are labelled with: a list in CSV (<c>.csv</c>), TSV (<c>.tsv</c>), JSON lines
/// (<c>.jsonl</c>, <c>.ndjson</c>) or Parquet, the Parquet files of Hugging Face's data sets, which hold images in a column of
/// <c>{bytes, path}</c>, and tar files of WebDataset (<c>1.jpg</c> beside <c>1.cls</c>, <c>1.json</c> or <c>1.txt</c>). Rows are read as
/// they are asked for, so memory does not grow with their number.
/// </summary>
public sealed class ImageList
{
    private readonly IImageListFormat format;

    private ImageList(string path, IImageListFormat format) => (Location, this.format) = (path, format);

    /// <summary>The list, as it was named.</summary>
    public string Location { get; }

    /// <summary>Names of its columns; of JSON lines, the keys of the first object.</summary>
    public IReadOnlyList<string> Columns => format.Columns;

    /// <summary>Whether it has a column of labels.</summary>
    public bool HasLabels => format.HasLabels;

    /// <summary>Whether it holds the images themselves, and not only their paths.</summary>
    public bool HoldsImages => format.HoldsImages;

    /// <summary>
    /// Whether a path is that of a list: by the end of its name, by its content where it is a Parquet or tar file; a folder of such files,
    /// or files whose numbers are in braces, such as <c>train-{000..146}.tar</c>.
    /// </summary>
    public static bool IsOne(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ListFiles.FormatOf(path) is not null;
    }

    /// <summary>What a list is called: the name of its file without the ending, of shards what their names have in common.</summary>
    public static string NameOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ListFiles.NameOf(path);
    }

    /// <summary>Opens a list: reads its heading and no row.</summary>
    /// <param name="path">A file, a folder of Parquet or tar files, or such files with their numbers in braces.</param>
    /// <param name="options">Which columns; null takes those with usual names.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no folder of the root's name.</exception>
    /// <exception cref="InvalidDataException">It is not a list, is damaged, or lacks a column; the message says why.</exception>
    public static ImageList Open(string path, ImageListOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ImageListOptions();
        return new ImageList(path, ListFiles.FormatOf(path) switch
        {
            ListFormat.Delimited => new DelimitedList(Existing(path), options),
            ListFormat.JsonLines => new JsonLinesList(Existing(path), options),
            ListFormat.Parquet => new ParquetList(path, ListFiles.Of(path), options),
            ListFormat.Tar => new WebDataset(ListFiles.Of(path), options),
            _ => throw new InvalidDataException(
                $"'{Existing(path)}' is not a list of images: it is neither CSV, TSV, JSON lines, Parquet nor a tar file."),
        });
    }

    /// <summary>The rows in order, also those that cannot be used. Each enumeration reads the file again.</summary>
    /// <param name="contents">
    /// Whether images that the list holds are read too; without them <see cref="ImageListRow.Content"/> is empty.
    /// </param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<ImageListRow> Rows(bool contents = true) => format.Rows(contents);

    /// <summary>Refuses a list without labels.</summary>
    /// <exception cref="InvalidDataException">It has no column of labels; the message names those that it has.</exception>
    public void RequireLabels()
    {
        if (HasLabels) return;
        throw new InvalidDataException(
            $"'{Location}' has no column of labels: none is named {string.Join(" or ", ListColumns.Labels)}. "
            + $"{ListColumns.Shown(Columns)} Name the one to use.");
    }

    private static string Existing(string path) => Directory.Exists(path)
        ? throw new InvalidDataException($"'{path}' is a folder without Parquet or tar files in it. Name a list of images.")
        : ListFiles.Of(path)[0];
}
