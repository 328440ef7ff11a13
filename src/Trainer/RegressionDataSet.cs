using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images and a number for each to train on, and maybe others to validate on. Files are read when a training starts; images in memory are
/// kept in temporary files, which are gone when the data set is disposed of.
/// </summary>
public sealed class RegressionDataSet : IDisposable
{
    private RegressionDataSet(ImageDataSet images) => Images = images;

    /// <summary>What reports call it.</summary>
    public string Name => Images.Name;

    /// <inheritdoc cref="ImageDataSet.LeftOut"/>
    public IReadOnlyList<SkippedImage> LeftOut => Images.LeftOut;

    /// <inheritdoc cref="ImageDataSet.ListFile"/>
    public string? ListFile => Images.ListFile;

    /// <inheritdoc cref="ImageDataSet.ValidationListFile"/>
    public string? ValidationListFile => Images.ValidationListFile;

    /// <inheritdoc cref="ImageDataSet.ListOptions"/>
    public ImageListOptions? ListOptions => Images.ListOptions;

    /// <summary>The images, labelled with numbers.</summary>
    internal ImageDataSet Images { get; }

    /// <inheritdoc cref="ImageDataSet.Exclusion"/>
    public ImageExclusion? Exclusion => Images.Exclusion;

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
    /// A list of image files and a number for each, as <see cref="ImageDataSet.FromList"/> takes it. Numbers are written with a point, such as
    /// 1234.5 or 1e-3.
    /// </summary>
    /// <param name="list">Images to train on.</param>
    /// <param name="validation">A list like it to validate on; without it, and without splits, some of the others are held back.</param>
    /// <param name="options">Which columns, and where paths start; null takes columns with usual names, and the list's folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, lacks a column, or no row can be used; the message says why.</exception>
    public static RegressionDataSet FromList(string list, string? validation = null, ImageListOptions? options = null) =>
        new(ImageDataSet.Of(LearningTask.Regression, list, validation, options));

    /// <summary>
    /// The lists that the training in a folder of results was started with, to go on with it: <see cref="TrainedModel.ReadTraining"/>.
    /// </summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>Null where it was not started with lists of images and numbers.</returns>
    /// <exception cref="TrainingException">There is no such training.</exception>
    public static RegressionDataSet? FromTraining(string folder) =>
        ImageDataSet.FromTraining(LearningTask.Regression, folder) is { } images ? new RegressionDataSet(images) : null;

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

    /// <inheritdoc cref="ImageDataSet.Without"/>
    public RegressionDataSet Without(ImageExclusion? exclusion) => new(Images.Without(exclusion));

    /// <summary>Deletes the temporary files of images in memory; other files stay.</summary>
    public void Dispose() => Images.Dispose();
}
