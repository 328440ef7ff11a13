using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images and a number for each to train on, and maybe others to validate on. Files are read when a training starts; images in memory are
/// kept in temporary files, which are gone when the data set is disposed of.
/// </summary>
public sealed class RegressionDataSet : IDisposable
{
    /// <summary>The heading of the paths in a list.</summary>
    public const string DefaultImageColumn = "path";

    /// <summary>The heading of the numbers in a list.</summary>
    public const string DefaultValueColumn = "value";

    private RegressionDataSet(ImageDataSet images) => Images = images;

    /// <summary>What reports call it.</summary>
    public string Name => Images.Name;

    /// <summary>The file that lists the images to train on, as it was named; null where they come from elsewhere.</summary>
    public string? ListFile => Images.ListFile;

    /// <summary>The file that lists the images to validate on; null where there is none.</summary>
    public string? ValidationListFile => Images.ValidationListFile;

    /// <summary>The heading of the paths in these files; null without files.</summary>
    public string? ImageColumn => Images.ValueColumns?.Image;

    /// <summary>The heading of the numbers in these files; null without files.</summary>
    public string? ValueColumn => Images.ValueColumns?.Value;

    /// <summary>The images, labelled with numbers.</summary>
    internal ImageDataSet Images { get; }

    /// <summary>Image files and their values.</summary>
    /// <param name="train">
    /// Images to train on, and what to predict of each, in any unit. Their order, with the seed, decides what is held back, and the order
    /// that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of the others are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">
    /// There are no images to train on, an image has no path or no finite value, or is listed twice; the message names it.
    /// </exception>
    public static RegressionDataSet FromImages(
        IEnumerable<(string ImagePath, double Value)> train, IEnumerable<(string ImagePath, double Value)>? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new RegressionDataSet(
            ImageDataSet.Of(LearningTask.Regression, train.Select(Labelled), validation?.Select(Labelled), name));

        static LabeledImage Labelled((string ImagePath, double Value) image) =>
            new() { ImagePath = image.ImagePath, Label = NumberLabel.Of(image.Value) };
    }

    /// <summary>
    /// The images of a CSV file: a heading, then a row for each image, separated by commas, semicolons or tabs. Paths are relative to the
    /// file's folder; numbers are written with a point, such as 1234.5. Other columns are passed over.
    /// </summary>
    /// <param name="list">The file of the images to train on.</param>
    /// <param name="validation">A file like it of images to validate on; without it, some of the others are held back.</param>
    /// <param name="imageColumn">The heading of the paths.</param>
    /// <param name="valueColumn">The heading of what to predict.</param>
    /// <exception cref="TrainingException">A file cannot be read or is not such a list; the message says where.</exception>
    /// <exception cref="ArgumentException">An image is listed twice.</exception>
    public static RegressionDataSet FromList(
        string list, string? validation = null, string imageColumn = DefaultImageColumn, string valueColumn = DefaultValueColumn)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(list);
        return new RegressionDataSet(ImageDataSet.FromValues(list, validation, new ValueColumns(imageColumn, valueColumn)));
    }

    /// <summary>
    /// The lists that the training in a folder of results was started with, to go on with it: <see cref="TrainedModel.ReadTraining"/>.
    /// </summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>Null where it was not started with lists.</returns>
    /// <exception cref="TrainingException">There is no such training, or a list is not what it was.</exception>
    public static RegressionDataSet? FromTraining(string folder) =>
        TuningConfiguration.Load(folder) is { List: string list, ValueColumns: ValueColumns columns } training
            ? new RegressionDataSet(ImageDataSet.FromValues(list, training.ValidationList, columns))
            : null;

    /// <summary>The content of image files, and their values. Dispose of the data set once its training is over and saved.</summary>
    /// <param name="train">
    /// Images to train on, and what to predict of each, in any unit. Their order, with the seed, decides what is held back, and the order
    /// that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of the others are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">There are no images to train on, or an image has no finite value.</exception>
    public static RegressionDataSet FromEncodedImages(
        IEnumerable<(ReadOnlyMemory<byte> Content, double Value)> train,
        IEnumerable<(ReadOnlyMemory<byte> Content, double Value)>? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new RegressionDataSet(
            ImageDataSet.Of(LearningTask.Regression, train.Select(Labelled), validation?.Select(Labelled), name));

        static (ReadOnlyMemory<byte>, string) Labelled((ReadOnlyMemory<byte> Content, double Value) image) =>
            (image.Content, NumberLabel.Of(image.Value));
    }

    /// <summary>
    /// The images of ML.NET's data, which are read at once. Where they are not in files of their own, dispose of the data set once its
    /// training is over and saved.
    /// </summary>
    /// <param name="train">
    /// Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="imageColumnName">The column of images: paths (text), contents of files (vectors of bytes) or <c>MLImage</c>s.</param>
    /// <param name="labelColumnName">The column of what to predict: numbers of any type.</param>
    /// <param name="validation">
    /// Images to validate on, in columns of the same names; without them, some of the others are held back.
    /// </param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A label is NaN or infinite; the message names the row.</exception>
    /// <exception cref="ArgumentException">There are no images to train on, an image has no path, or is listed twice.</exception>
    public static RegressionDataSet FromDataView(
        IDataView train, string imageColumnName = "ImagePath", string labelColumnName = "Label", IDataView? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new RegressionDataSet(
            ImageDataSet.Of(LearningTask.Regression, train, imageColumnName, labelColumnName, validation, name));
    }

    /// <summary>Deletes the temporary files of images in memory; other files stay.</summary>
    public void Dispose() => Images.Dispose();
}
