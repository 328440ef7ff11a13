using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The form in which a featurizer is saved. Only ML.NET's own transformers can write themselves into a model's zip, so it becomes a chain
/// of them: the preprocessing as a constant column, one custom step that decodes, ML.NET's pixel extraction (which knows the image's size,
/// as a custom step cannot), ML.NET's ONNX scoring. The chain works by itself, one row at a time; <c>LoadImageModel</c> makes
/// the batched featurizer of it again.
/// </summary>
internal static class SavedFeaturizer
{
    private const string OutputColumnKey = "resnetmlnet.saved.output_column";
    private const string InputColumnKey = "resnetmlnet.saved.input_column";

    // ONNX scoring takes and gives columns named as the network's values are. They get names that no user's column has.
    private static readonly Dictionary<string, string> savedNames = new()
    {
        [OnnxContract.PixelsInput] = SavedColumns.Pixels,
        [OnnxContract.Features] = SavedColumns.Features,
    };

    private static readonly Dictionary<string, string> originalNames = savedNames.ToDictionary(name => name.Value, name => name.Key);

    /// <returns>The chain; the caller disposes of it.</returns>
    public static TransformerChain<ITransformer> Create(ImageFeaturizer featurizer, string outputColumnName, string inputColumnName)
    {
        int size = featurizer.Preprocessing.ImageSize;
        string settings = SavedPathDecoding.Settings(featurizer.Preprocessing, featurizer.Options.PixelLimit);
        byte[] model = new OnnxModelEditor(savedNames, new Dictionary<string, string>
        {
            [OutputColumnKey] = outputColumnName,
            [InputColumnKey] = inputColumnName,
        }).Edit(featurizer.Model);

        MLContext ml = new();
        TransformsCatalog transforms = ml.Transforms;
        using MemoryStream stream = new(model, writable: false);
        return Fit(
            EmptyData(ml, inputColumnName),
            transforms.Expression(SavedColumns.Settings, $"path : \"{settings}\"", inputColumnName),
            transforms.CopyColumns(SavedColumns.Path, inputColumnName),
            transforms.CustomMapping<SavedPath, SavedImage>(new SavedPathDecoding().GetMapping(), SavedPathDecoding.ContractName),

            // The image has that size already, so this changes no pixel; it makes the size a part of the column's type.
            transforms.ResizeImages(SavedColumns.Image, size, size, SavedColumns.Image),
            transforms.ExtractPixels(SavedColumns.Pixels, SavedColumns.Image, interleavePixelColors: true, outputAsFloatArray: false),
            transforms.ApplyOnnxModel([SavedColumns.Features], [SavedColumns.Pixels], stream, gpuDeviceId: null, fallbackToCpu: false),

            // [1, C] to [C]
            transforms.Expression(outputColumnName, "x : x", SavedColumns.Features),
            transforms.DropColumns(
                SavedColumns.Settings, SavedColumns.Path, SavedColumns.Image, SavedColumns.Pixels, SavedColumns.Features));
    }

    /// <summary>Whether a loaded chain is one that <see cref="Create"/> made.</summary>
    public static bool Is(ITransformer loaded) =>
        loaded is TransformerChain<ITransformer> chain && chain.Any(part => part is CustomMappingTransformer<SavedPath, SavedImage>);

    /// <summary>Which transformer of such a chain holds the network.</summary>
    public static int IndexOfNetwork(TransformerChain<ITransformer> chain) => chain.TakeWhile(part => part is not OnnxTransformer).Count();

    /// <summary>Makes the batched featurizer again.</summary>
    /// <param name="model">The network as it was saved.</param>
    /// <param name="name">Names the saved model in messages.</param>
    /// <param name="options">Device, batch size, limits.</param>
    /// <exception cref="InvalidDataException">The network is damaged.</exception>
    public static ImageFeaturizingTransformer Restore(byte[] model, string name, FeaturizeImagesOptions options)
    {
        byte[] original = new OnnxModelEditor(originalNames, new Dictionary<string, string>()).Edit(model);
        BackboneFile backbone = BackboneFile.Open(original, name, options.Device, CudaProbe.ThisMachine);
        return new ImageFeaturizingTransformer(
            new ImageFeaturizer(backbone, options), backbone.Value(OutputColumnKey), backbone.Value(InputColumnKey));
    }

    private static TransformerChain<ITransformer> Fit(IDataView data, params IEstimator<ITransformer>[] steps)
    {
        List<ITransformer> fitted = [];
        foreach (IEstimator<ITransformer> step in steps)
        {
            fitted.Add(step.Fit(data));
            data = fitted[^1].Transform(data);
        }

        return new TransformerChain<ITransformer>([.. fitted]);
    }

    private static IDataView EmptyData(MLContext ml, string inputColumnName)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(PathRow));
        definition[0].ColumnName = inputColumnName;
        return ml.Data.LoadFromEnumerable<PathRow>([], definition);
    }

    private sealed class PathRow
    {
        public string? Path { get; set; }
    }
}
