using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a training has left in its folder of results.</summary>
public static class TrainedModel
{
    /// <summary>The model, for ML.NET.</summary>
    public const string ModelFile = ResultFolder.Model;

    /// <summary>The network, for any user of ONNX Runtime.</summary>
    public const string BackboneFile = ResultFolder.Backbone;

    /// <summary>The figures.</summary>
    public const string MetricsFile = ResultFolder.Metrics;

    /// <summary>The page to look at.</summary>
    public const string ReportFile = ResultFolder.Report;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The folder of results, or a <c>model.zip</c>. A model is a program: open only one that you trust.</param>
    /// <param name="options">Device and cache.</param>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or not an image classifier.</exception>
    public static ImageClassifier Load(string path, FeaturizeImagesOptions? options = null)
    {
        return ImageClassifier.Load(FileOf(path), options ?? new FeaturizeImagesOptions());
    }

    /// <summary>Opens a model, whatever it gives.</summary>
    /// <param name="path">The folder of results, or a <c>model.zip</c>. A model is a program: open only one that you trust.</param>
    /// <param name="options">Device and cache.</param>
    /// <returns>An <see cref="ImageClassifier"/> or an <see cref="ImageRegressor"/>.</returns>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or gives neither classes nor a number for an image.</exception>
    public static IImageModel Open(string path, FeaturizeImagesOptions? options = null) =>
        ImageModel.Load(FileOf(path), options ?? new FeaturizeImagesOptions());

    /// <summary>The model's file.</summary>
    /// <param name="path">The folder of results, or a file, which is what is returned.</param>
    public static string FileOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ResultFolder.Recover(path);
        return Directory.Exists(path) ? Path.Combine(path, ResultFolder.Model) : path;
    }

    /// <summary>What the training in a folder of results was started with, to go on with it where its data are.</summary>
    /// <param name="folder">The folder of results.</param>
    /// <returns>
    /// Options with <see cref="TrainingOptions.Resume"/>, and the data, where they were a folder. A <see cref="TrainingOptions.Spec"/> and
    /// a <see cref="TrainingOptions.Augment"/> of the caller's own are not kept, and have to be given again.
    /// </returns>
    /// <exception cref="TrainingException">There is no such training.</exception>
    public static (TrainingOptions Options, string? Folder, string? ValidationFolder) ReadTraining(string folder)
    {
        var configuration = TuningConfiguration.Load(folder);
        return (configuration.ToOptions() with { ResultFolder = folder }, configuration.Folder, configuration.Validation);
    }
}
