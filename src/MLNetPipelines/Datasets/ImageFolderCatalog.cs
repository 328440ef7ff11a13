using System.Globalization;
using Microsoft.ML.Runtime;
using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="DataOperationsCatalog"/> that load images.</summary>
public static class ImageFolderCatalog
{
    /// <summary>
    /// Load the images of a folder with a folder for each class: an <see cref="IDataView"/> with the text columns <c>ImagePath</c> and
    /// <c>Label</c>, in an order that is the same everywhere. No image is decoded.
    /// </summary>
    /// <param name="catalog">The data operations' catalog.</param>
    /// <param name="path">
    /// The folder above the class folders. Of the files that <see cref="ImageFolder.List"/> lists, those count that are JPEG, PNG, GIF, BMP
    /// or WebP images: by their extension or, where it says nothing, by how they start. Thumbs.db, notes and HEIC photos are left out.
    /// </param>
    /// <param name="log">Whose <see cref="MLContext.Log"/> is told which files were left out; null, the default, tells nobody.</param>
    /// <exception cref="System.IO.DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="System.IO.InvalidDataException">There is no class folder in it, or no image in one of them.</exception>
    /// <seealso cref="ImageFolder.List"/>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path, MLContext? log = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ILookup<bool, LabeledImage> files = ImageFolder.List(path).ToLookup(file => ImageSignature.IsDecodable(file.ImagePath));
        HashSet<string> classes = [.. files[true].Select(image => image.Label)];
        if (files[false].FirstOrDefault(file => !classes.Contains(file.Label)) is { } lost)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The class folder '{lost.Label}' of '{path}' has no JPEG, PNG, GIF, BMP or WebP image in it: '{lost.ImagePath}' is "
                    + $"something else."));
        }

        if (log is not null && files[false].ToArray() is [_, ..] others)
        {
            using IChannel channel = ((IChannelProvider)log).Start(nameof(LoadImageFolder));
            foreach (LabeledImage other in others)
                channel.Warning(MessageSensitivity.UserData,
                    $"'{other.ImagePath}' is left out: it is not a JPEG, PNG, GIF, BMP or WebP image.");
        }

        // Cached, which costs the two texts of a row, the data can be shuffled; as they come, they stand class by class.
        return InnermostCause.Of(() => catalog.Cache(catalog.LoadFromEnumerable(files[true].ToArray())));
    }
}
