using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Images to quantize a network on: of the user's own training set, since what they make of the network is what its integers are scaled
/// by. With classes, accuracy is compared too.
/// </summary>
public sealed class CalibrationImages
{
    private readonly Func<IReadOnlyList<CalibrationImage>> list;

    private CalibrationImages(Func<IReadOnlyList<CalibrationImage>> list) => this.list = list;

    /// <summary>
    /// A folder of images; folders in it, where there are any, are classes, as <see cref="ImageFolder"/> has them, and of the parts of a
    /// data set (<see cref="DataSetParts"/>) that to train on is taken. It is listed when it is needed.
    /// </summary>
    public static CalibrationImages FromFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return new CalibrationImages(() => OfFolder(folder));
    }

    /// <summary>
    /// The images of a list, with their classes where it has labels; of one with splits, those of <c>train</c>. It is read when it is needed;
    /// images that it holds are kept in memory as they are, encoded.
    /// </summary>
    /// <param name="list">As <see cref="ImageList.Open"/> takes it.</param>
    /// <param name="options">Which columns; null takes those with usual names.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, or lacks a column.</exception>
    public static CalibrationImages FromList(string list, ImageListOptions? options = null)
    {
        var opened = ImageList.Open(list, options);
        return new CalibrationImages(() =>
        {
            ImageListRow[] rows = [.. opened.Rows().Where(row => row.Problem is null && row.Part is null or DataSetPart.Train)];
            bool labelled = rows.All(row => !string.IsNullOrEmpty(row.Label));
            return [.. rows.Select(row => OfRow(row, labelled ? row.Label : null))];
        });
    }

    /// <summary>Image files whose classes are not known.</summary>
    public static CalibrationImages FromFiles(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return new CalibrationImages(() => [.. paths.Select(path => OfFile(path, label: null))]);
    }

    /// <summary>Image files and their classes.</summary>
    public static CalibrationImages FromImages(IEnumerable<LabeledImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return new CalibrationImages(() => [.. images.Select(image => OfFile(image.ImagePath, image.Label))]);
    }

    /// <summary>The images of ML.NET's data.</summary>
    /// <param name="images">The data; read when they are needed, and kept in memory as they are, encoded.</param>
    /// <param name="imageColumnName">The column of images: paths (text) or contents of files (vectors of bytes).</param>
    /// <param name="labelColumnName">The column of classes, text; null where they are not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static CalibrationImages FromDataView(
        IDataView images, string imageColumnName = "ImagePath", string? labelColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        return CalibrationRows.Check(images, imageColumnName, labelColumnName) is { } input
            ? new CalibrationImages(() => CalibrationRows.Read(images, imageColumnName, labelColumnName, input))
            : throw new ArgumentOutOfRangeException(nameof(imageColumnName), imageColumnName,
                "The column has to hold the images' paths (text) or the files' contents (vectors of bytes).");
    }

    /// <exception cref="InvalidDataException">There are none.</exception>
    internal IReadOnlyList<CalibrationImage> List() => list() is { Count: > 0 } images
        ? images
        : throw new InvalidDataException("There are no images to calibrate on. Give some hundred of those that the network is used on.");

    internal static CalibrationImage OfFile(string path, string? label) =>
        new(DisplayText.Of(path, 300), label, () => Picture.OfFile(path));

    private static CalibrationImage OfRow(ImageListRow row, string? label) => row.ImagePath is string path
        ? OfFile(path, label)
        : new CalibrationImage(DisplayText.Of(row.Place, 300), label, () => Picture.OfBytes(row.Content.ToArray()));

    private static CalibrationImage[] OfFolder(string folder)
    {
        if (Directory.Exists(folder) && DataSetParts.Find(folder) is { } parts) folder = parts.Train;
        return Directory.Exists(folder) && FolderWalk.ClassFolders(folder, []).Count > 1
            ? [.. ImageFolder.List(folder).Select(image => OfFile(image.ImagePath, image.Label))]
            : [.. ImageFolder.Files(folder).Select(path => OfFile(path, label: null))];
    }
}

/// <summary>An image to quantize on.</summary>
/// <param name="Name">Names it in messages.</param>
/// <param name="Label">Its class; null where that is not known.</param>
/// <param name="Open">Opens it; from any thread.</param>
internal sealed record CalibrationImage(string Name, string? Label, Func<Picture> Open);
