using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="DataOperationsCatalog"/> that load images.</summary>
public static class ImageFolderCatalog
{
    /// <summary>
    /// Load the images of a folder with a folder for each class: an <see cref="IDataView"/> with the text columns <c>ImagePath</c> and
    /// <c>Label</c>, in an order that is the same everywhere. No image is opened.
    /// </summary>
    /// <param name="catalog">The data operations' catalog.</param>
    /// <param name="path">
    /// The folder above the class folders. Links and hidden files do not count, nor do files beside the class folders.
    /// </param>
    /// <exception cref="System.IO.DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="System.IO.InvalidDataException">There is no class folder in it, or no file in any.</exception>
    /// <seealso cref="ImageFolder.List"/>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);

        // Cached, which costs the two texts of a row, the data can be shuffled; as they come, they stand class by class.
        return catalog.Cache(catalog.LoadFromEnumerable(ImageFolder.List(path)));
    }
}
