using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images, each with any number of labels or none, to train on, and maybe others to validate on. Files are read when a training starts; images
/// in memory are kept in temporary files, which are gone when the data set is disposed of.
/// </summary>
public sealed class MultiLabelDataSet : IDisposable
{
    private MultiLabelDataSet(ImageDataSet images) => Images = images;

    /// <summary>What reports call it.</summary>
    public string Name => Images.Name;

    /// <summary>The rows of lists that cannot be used, with the reason; a training reports them with the images that it skips.</summary>
    public IReadOnlyList<SkippedImage> LeftOut => Images.LeftOut;

    /// <summary>The list of the images to train on, as it was named; null where they come from elsewhere.</summary>
    public string? ListFile => Images.ListFile;

    /// <summary>The list of the images to validate on; null where some of the others are held back, or they come from elsewhere.</summary>
    public string? ValidationListFile => Images.ValidationListFile;

    /// <inheritdoc cref="ImageDataSet.ListOptions"/>
    public ImageListOptions? ListOptions => Images.ListOptions;

    /// <summary>The images, labelled with sets of labels.</summary>
    internal ImageDataSet Images { get; }

    /// <inheritdoc cref="ImageDataSet.Exclusion"/>
    public ImageExclusion? Exclusion => Images.Exclusion;

    /// <summary>
    /// A list of image files and their labels, as <see cref="ImageDataSet.FromList"/> takes it. All labels of an image stand in one cell, separated
    /// by <c>|</c> or <c>;</c>, or as a JSON array, or in a list column of Parquet. An image with an empty cell has none of the labels.
    /// </summary>
    /// <param name="path">Images to train on.</param>
    /// <param name="validation">A list like it to validate on; without it, and without splits, some of the images are held back.</param>
    /// <param name="options">Which columns, and where paths start; null takes columns with usual names, and the list's folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, lacks a column, or no row can be used; the message says why.</exception>
    public static MultiLabelDataSet FromList(string path, string? validation = null, ImageListOptions? options = null) =>
        new(ImageDataSet.Of(LearningTask.MultiLabel, path, validation, options));

    /// <summary>
    /// The lists that the training in a folder of results was started with, to go on with it: <see cref="TrainedModel.ReadTraining"/>.
    /// </summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>Null where it was not started with lists of images with any number of labels.</returns>
    /// <exception cref="TrainingException">There is no such training.</exception>
    public static MultiLabelDataSet? FromTraining(string folder) =>
        ImageDataSet.FromTraining(LearningTask.MultiLabel, folder) is { } images ? new MultiLabelDataSet(images) : null;

    /// <summary>Whether a list has an image with several labels.</summary>
    /// <param name="path">The list, as <see cref="FromList"/> takes it.</param>
    /// <param name="options">Which columns.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, or lacks a column; the message says why.</exception>
    public static bool HasSeveralLabels(string path, ImageListOptions? options = null) =>
        LabelList.HasSeveralLabels(path, options ?? new ImageListOptions());

    /// <summary>Image files and their labels.</summary>
    /// <param name="train">
    /// Images to train on, and the labels of each. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of the others are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">
    /// There are no images to train on, an image has no path or an empty label, or is listed twice; the message names it.
    /// </exception>
    public static MultiLabelDataSet FromImages(
        IEnumerable<(string ImagePath, IEnumerable<string> Labels)> train,
        IEnumerable<(string ImagePath, IEnumerable<string> Labels)>? validation = null, string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new MultiLabelDataSet(ImageDataSet.Of(LearningTask.MultiLabel, train.Select(Labelled), validation?.Select(Labelled), name));

        static LabeledImage Labelled((string ImagePath, IEnumerable<string> Labels) image) =>
            new() { ImagePath = image.ImagePath, Label = LabelSet.Of(image.Labels) };
    }

    /// <summary>The content of image files, and their labels. Dispose of the data set once its training is over and saved.</summary>
    /// <param name="train">
    /// Images to train on, and the labels of each. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="validation">Images to validate on; without them, some of the others are held back.</param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentException">There are no images to train on, or an image has an empty label.</exception>
    public static MultiLabelDataSet FromEncodedImages(
        IEnumerable<(ReadOnlyMemory<byte> Content, IEnumerable<string> Labels)> train,
        IEnumerable<(ReadOnlyMemory<byte> Content, IEnumerable<string> Labels)>? validation = null, string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new MultiLabelDataSet(ImageDataSet.Of(LearningTask.MultiLabel, train.Select(Labelled), validation?.Select(Labelled), name));

        static (ReadOnlyMemory<byte>, string) Labelled((ReadOnlyMemory<byte> Content, IEnumerable<string> Labels) image) =>
            (image.Content, LabelSet.Of(image.Labels));
    }

    /// <summary>
    /// The images of ML.NET's data, which are read at once. Where they are not in files of their own, dispose of the data set once its
    /// training is over and saved.
    /// </summary>
    /// <param name="train">
    /// Images to train on. Their order, with the seed, decides what is held back, and the order that they are learned in.
    /// </param>
    /// <param name="imageColumnName">The column of images: paths (text), contents of files (vectors of bytes) or <c>MLImage</c>s.</param>
    /// <param name="labelColumnName">The column of labels: vectors of text, as many as each image has.</param>
    /// <param name="validation">
    /// Images to validate on, in columns of the same names; without them, some of the others are held back.
    /// </param>
    /// <param name="name">What reports call the data set.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no images to train on, an image has no path, or is listed twice.</exception>
    public static MultiLabelDataSet FromDataView(
        IDataView train, string imageColumnName = "ImagePath", string labelColumnName = "Labels", IDataView? validation = null,
        string name = "images")
    {
        ArgumentNullException.ThrowIfNull(train);
        return new MultiLabelDataSet(
            ImageDataSet.Of(LearningTask.MultiLabel, train, imageColumnName, labelColumnName, validation, name));
    }

    /// <inheritdoc cref="ImageDataSet.Without"/>
    public MultiLabelDataSet Without(ImageExclusion? exclusion) => new(Images.Without(exclusion));

    /// <summary>Deletes the temporary files of images in memory; other files stay.</summary>
    public void Dispose() => Images.Dispose();
}
