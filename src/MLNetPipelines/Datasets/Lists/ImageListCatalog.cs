using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="DataOperationsCatalog"/> that load lists of images.</summary>
public static class ImageListCatalog
{
    /// <summary>
    /// Load the images of a list: an <see cref="IDataView"/> with the text columns <c>ImagePath</c> and <c>Label</c>, as
    /// <see cref="ImageFolderCatalog.LoadImageFolder"/> has them. A list that holds the images themselves gives their files' contents, a
    /// column <c>Image</c> of bytes, in place of <c>ImagePath</c>. Rows are read as they are asked for, each time anew; no image is
    /// decoded.
    /// </summary>
    /// <param name="catalog">The data operations' catalog.</param>
    /// <param name="path">The list, as <see cref="ImageList.Open"/> takes it. Without a column of labels, <c>Label</c> is empty.</param>
    /// <param name="options">Which columns, and where paths start; null takes columns with usual names, and the list's folder.</param>
    /// <param name="part">The images to take of a list that says which are to train on; null takes all.</param>
    /// <param name="log">
    /// Whose <see cref="MLContext.Log"/> is told, while rows are read, which cannot be used and are left out: no path, one that leads out
    /// of the root, an empty label where there are labels; null, the default, tells nobody.
    /// </param>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file.</exception>
    /// <exception cref="System.IO.InvalidDataException">It is not a list, is damaged, or lacks a column.</exception>
    public static IDataView LoadImageList(
        this DataOperationsCatalog catalog, string path, ImageListOptions? options = null, DataSetPart? part = null, MLContext? log = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var list = ImageList.Open(path, options);
        IEnumerable<ImageListRow> rows = Rows(list, part, log);
        return InnermostCause.Of(() => list.HoldsImages
            ? catalog.LoadFromEnumerable(rows.Select(row => new HeldImage { Image = row.Content.ToArray(), Label = row.Label ?? "" }))
            : catalog.LoadFromEnumerable(rows.Select(row => new LabeledImage { ImagePath = row.ImagePath!, Label = row.Label ?? "" })));
    }

    private static IEnumerable<ImageListRow> Rows(ImageList list, DataSetPart? part, MLContext? log)
    {
        using IChannel? channel = log is null ? null : ((IChannelProvider)log).Start(nameof(LoadImageList));
        foreach (ImageListRow row in list.Rows())
        {
            string? problem = row.Problem ?? (list.HasLabels && string.IsNullOrEmpty(row.Label) ? "has no label" : null);
            if (problem is not null) channel?.Warning(MessageSensitivity.UserData, $"'{row.Place}' {problem}. It is left out.");
            else if (part is null || row.Part == part) yield return row;
        }
    }

    private sealed class HeldImage
    {
        [VectorType]
        public byte[] Image { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
