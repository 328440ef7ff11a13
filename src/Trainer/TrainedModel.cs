using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
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

    /// <summary>
    /// Options of a training that starts with the backbone of a trained model: on more images, or on other classes. The head is fitted anew.
    /// </summary>
    /// <param name="path">
    /// The folder of results, a <c>model.zip</c>, or an exported backbone (<c>.onnx</c>). A model is a program: open only one that you trust.
    /// </param>
    /// <param name="options">
    /// The other settings. A <see cref="TrainingOptions.Spec"/> says what the backbone is where it is not of the catalog, and an
    /// <see cref="TrainingOptions.ImageSize"/> goes before the model's own.
    /// </param>
    /// <returns>The same with the model's backbone, weights and image size. Images become squares as the model has it.</returns>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or has no backbone.</exception>
    /// <exception cref="TrainingException">It is quantized, or its backbone is not of the catalog and no spec is given.</exception>
    public static TrainingOptions StartFrom(string path, TrainingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new TrainingOptions();
        ResultFolder.Recover(path);
        string file = !Directory.Exists(path) ? path
            : File.Exists(Path.Combine(path, ResultFolder.Backbone)) ? Path.Combine(path, ResultFolder.Backbone)
            : Path.Combine(path, ResultFolder.Model);
        (string architecture, int imageSize, bool quantized) = BackboneOf(file);
        if (quantized) throw new TrainingException($"'{path}' is quantized, and its weights are 8-bit integers. Start from the model that it was made from.");
        if (options.Spec is null && BackboneRegistry.All.All(spec => spec.Name != architecture))
        {
            throw new TrainingException(
                $"The backbone of '{path}' is '{architecture}', which is not in the catalog. Start from it in a program, with its BackboneSpec as {nameof(TrainingOptions)}.{nameof(TrainingOptions.Spec)}.");
        }
        return options with { Backbone = architecture, Weights = file, ImageSize = options.ImageSize ?? imageSize };
    }

    private static (string Architecture, int ImageSize, bool Quantized) BackboneOf(string file)
    {
        var onCpu = new FeaturizeImagesOptions { Device = ComputeDevice.Cpu };
        if (string.Equals(Path.GetExtension(file), ".onnx", StringComparison.OrdinalIgnoreCase))
        {
            using ImageFeaturizer featurizer = ImageFeaturizer.Open(file, onCpu);
            return Of(featurizer);
        }
        using TransformerChain<ITransformer> model = new MLContext().Model.LoadImageModel(file, out _, onCpu);
        return Of(model.OfType<ImageFeaturizingTransformer>().FirstOrDefault()?.Featurizer
            ?? throw new InvalidDataException($"'{file}' has no backbone: no part of it makes features of images."));

        static (string, int, bool) Of(ImageFeaturizer featurizer) =>
            (featurizer.Architecture, featurizer.Preprocessing.ImageSize, featurizer.Precision == "int8");
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
