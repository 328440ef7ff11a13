using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images as files, wherever they come from: a file, a folder with or without subfolders, or a list (<see cref="ImageList"/>). Images that
/// a list holds are kept in temporary files until this is disposed of.
/// </summary>
public sealed class ImageFiles : IDisposable
{
    private readonly Dictionary<string, string> labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly SpooledImages spooled = new();

    private ImageFiles(string source) => Source = source;

    /// <summary>The file, the folder or the list, as it was named.</summary>
    public string Source { get; }

    /// <summary>The files, each once.</summary>
    public IReadOnlyList<string> Paths { get; private set; } = [];

    /// <summary>What a folder holds besides.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; private set; } = [];

    /// <summary>Rows of a list that cannot be used, with the reason.</summary>
    public IReadOnlyList<SkippedImage> LeftOut { get; private set; } = [];

    /// <summary>Finds them.</summary>
    /// <param name="path">A file, a folder, or a list, with or without labels.</param>
    /// <param name="options">Which columns of a list; null takes those with usual names.</param>
    /// <exception cref="FileNotFoundException">There is neither file nor folder.</exception>
    /// <exception cref="InvalidDataException">There is no image, or the list lacks a column; the message says why.</exception>
    public static ImageFiles Of(string path, ImageListOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = new ImageFiles(path);
        try
        {
            if (ImageList.IsOne(path)) files.List(ImageList.Open(path, options));
            else files.Walk(path);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>What an image is called: its path, or its place in the list that holds it.</summary>
    /// <param name="path">One of <see cref="Paths"/>.</param>
    public string NameOf(string path) => names.GetValueOrDefault(path, path);

    /// <summary>The label of an image: what a list says, or the name of the subfolder that it is in; empty where there is none.</summary>
    /// <param name="path">One of <see cref="Paths"/>.</param>
    public string LabelOf(string path) => labels.GetValueOrDefault(path, "");

    /// <summary>Deletes temporary files; other files stay.</summary>
    public void Dispose() => spooled.Dispose();

    private void List(ImageList list)
    {
        var paths = new List<string>();
        LeftOut = LabelList.Files(list, spooled, "images", label => (label ?? "", null), (row, image) =>
        {
            paths.Add(image.ImagePath);
            if (image.Label.Length > 0) labels.Add(image.ImagePath, image.Label);
            if (row.ImagePath is null) names.Add(image.ImagePath, row.Place);
        });
        Paths = paths;
    }

    private void Walk(string path)
    {
        ImageFileListing files = ImageFolder.Files(path);
        (Paths, PassedOver) = (files, files.PassedOver);
        if (!Directory.Exists(path)) return;
        foreach (string file in files)
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(path, file))?.Split(Path.DirectorySeparatorChar)[0] ?? "";
            if (folder.Length > 0) labels.Add(file, folder);
        }
    }
}
