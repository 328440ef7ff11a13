using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The form in which a featurizer is saved. Only ML.NET's own transformers can write themselves into a model's zip, so it becomes a chain
/// of them: the preprocessing as a constant column, one custom step that decodes, ML.NET's pixel extraction (which knows the image's size,
/// as a custom step cannot), ML.NET's ONNX scoring. The chain works by itself, one row at a time; <c>LoadImageModel</c> makes
/// the batched featurizer of it again.
/// </summary>
internal sealed class SavedFeaturizer : IDisposable
{
    private readonly string networkFile;
    private readonly byte[] network;

    private SavedFeaturizer(TransformerChain<ITransformer> chain, string networkFile, byte[] network)
    {
        Chain = chain;
        this.networkFile = networkFile;
        this.network = network;
    }

    /// <summary>What is saved. It reads the network from a temporary file until it is disposed of with this.</summary>
    public TransformerChain<ITransformer> Chain { get; }

    public static SavedFeaturizer Create(
        ImageFeaturizer featurizer, string outputColumnName, string inputColumnName, ImageInput input)
    {
        FeaturizeImagesOptions options = featurizer.Options;
        byte[] network = new SavedSignature(
            outputColumnName, inputColumnName, input, options.Output, options.Normalize, options.UnreadableImages, options.ScaledDecoding,
                options.PixelLimit).Sign(featurizer.Model);
        string networkFile = NetworkFiles.Write(network);
        try
        {
            return new SavedFeaturizer(Chained(featurizer, outputColumnName, inputColumnName, input, networkFile), networkFile, network);
        }
        catch
        {
            NetworkFiles.Delete(networkFile);
            throw;
        }
    }

    /// <summary>Saves it, or a mark in place of its network where networks are kept aside.</summary>
    public void Save(ModelSaveContext ctx)
    {
        if (NetworksAside.Current is NetworksAside aside)
        {
            // ML.NET has opened the file, and reads it again to save it.
            File.Delete(networkFile);
            File.WriteAllBytes(networkFile, aside.Keep(network));
        }

        ((ICanSaveModel)Chain).Save(ctx);
    }

    /// <summary>Closes the network and deletes its file.</summary>
    public void Dispose()
    {
        Chain.Dispose();
        NetworkFiles.Delete(networkFile);
    }

    /// <summary>Whether a loaded chain is one that <see cref="Create"/> made, in this version or an earlier one.</summary>
    public static bool Is(ITransformer loaded) => loaded is TransformerChain<ITransformer> chain && chain.Any(part => part
        is CustomMappingTransformer<SavedPath, SavedImage>
        or CustomMappingTransformer<SavedBytes, SavedImage>
        or CustomMappingTransformer<SavedMLImage, SavedImage>
        or CustomMappingTransformer<SavedPathV1, DecodedImageV1>);

    /// <summary>Which transformer of such a chain holds the network.</summary>
    public static int IndexOfNetwork(TransformerChain<ITransformer> chain) => chain.TakeWhile(part => part is not OnnxTransformer).Count();

    /// <summary>Makes the batched featurizer again.</summary>
    /// <param name="model">The network as it was saved; it is changed in place.</param>
    /// <param name="name">Names the saved model in messages.</param>
    /// <param name="options">Device, batch size, limits. What decides on the values is as it was saved.</param>
    /// <exception cref="InvalidDataException">The network is damaged.</exception>
    public static ImageFeaturizingTransformer Restore(ModelProto model, string name, FeaturizeImagesOptions options)
    {
        var signature = SavedSignature.TakeFrom(model, name);
        OnnxGuard.Check(model, DisplayText.Of(name, 300)); // again: names have changed
        options = options with
        {
            Output = signature.Output,
            Normalize = signature.Normalize,
            UnreadableImages = signature.Unreadable,
            ScaledDecoding = signature.ScaledDecoding,
            PixelLimit = signature.PixelLimit ?? options.PixelLimit,
        };
        ImageFeaturizer featurizer = new(BackboneFile.OpenChecked(model.ToByteArray(), name, options, CudaProbe.ThisMachine), options);
        return new ImageFeaturizingTransformer(featurizer, signature.OutputColumnName, signature.InputColumnName, signature.Input);
    }

    private static TransformerChain<ITransformer> Chained(
        ImageFeaturizer featurizer, string outputColumnName, string inputColumnName, ImageInput input, string networkFile)
    {
        FeaturizeImagesOptions options = featurizer.Options;
        int size = featurizer.Preprocessing.ImageSize;
        string settings = SavedDecoder.Settings(featurizer.Preprocessing, options);
        MLContext ml = new();
        TransformsCatalog transforms = ml.Transforms;
        List<IEstimator<ITransformer>> steps =
        [
            transforms.CustomMapping(new SavedEmptyText().GetMapping(), SavedEmptyText.ContractName),
            transforms.Expression(SavedColumns.Settings, $"nothing : \"{settings}\"", SavedColumns.Nothing),
            transforms.CopyColumns(SavedColumns.Source, inputColumnName),
            Decoding(transforms, input),

            // The image has that size already, so this changes no pixel; it makes the size a part of the column's type.
            transforms.ResizeImages(SavedColumns.Image, size, size, SavedColumns.Image),
            transforms.ExtractPixels(SavedColumns.Pixels, SavedColumns.Image, interleavePixelColors: true, outputAsFloatArray: false),
            transforms.ApplyOnnxModel([SavedColumns.Features], [SavedColumns.Pixels], networkFile, gpuDeviceId: null, fallbackToCpu: false),
        ];
        if (options.Normalize)
        {
            steps.Add(transforms.NormalizeLpNorm(SavedColumns.Features));
        }

        // Either makes [C] of [1, C].
        if (options.UnreadableImages == UnreadableImages.UseDefault)
        {
            steps.Add(transforms.Expression(outputColumnName, "(x, readable) : readable ? x : na(x)", SavedColumns.Features,
                SavedColumns.IsReadable));
            steps.Add(transforms.CopyColumns(FeatureColumns.ReadableName(outputColumnName), SavedColumns.IsReadable));
        }
        else
        {
            steps.Add(transforms.Expression(outputColumnName, "x : x", SavedColumns.Features));
        }

        steps.Add(transforms.DropColumns(SavedColumns.Nothing, SavedColumns.Settings, SavedColumns.Source,
            SavedColumns.Image, SavedColumns.IsReadable, SavedColumns.Pixels, SavedColumns.Features));
        return Fit(EmptyData(ml, inputColumnName, input), steps);
    }

    private static IEstimator<ITransformer> Decoding(TransformsCatalog transforms, ImageInput input) => input switch
    {
        ImageInput.Path => transforms.CustomMapping(new SavedPathDecoding().GetMapping(), SavedPathDecoding.ContractName),
        ImageInput.Encoded => transforms.CustomMapping(new SavedBytesDecoding().GetMapping(), SavedBytesDecoding.ContractName),
        _ => transforms.CustomMapping(new SavedImageConversion().GetMapping(), SavedImageConversion.ContractName),
    };

    private static TransformerChain<ITransformer> Fit(IDataView data, List<IEstimator<ITransformer>> steps)
    {
        List<ITransformer> fitted = [];
        foreach (IEstimator<ITransformer> step in steps)
        {
            fitted.Add(step.Fit(data));
            data = fitted[^1].Transform(data);
        }

        return new TransformerChain<ITransformer>([.. fitted]);
    }

    private static IDataView EmptyData(MLContext ml, string inputColumnName, ImageInput input)
    {
        return input switch
        {
            ImageInput.Path => Empty<PathRow>(),
            ImageInput.Encoded => Empty<BytesRow>(),
            _ => Empty<ImageRow>(),
        };

        IDataView Empty<TRow>()
            where TRow : class
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(TRow));
            definition[0].ColumnName = inputColumnName;
            return ml.Data.LoadFromEnumerable<TRow>([], definition);
        }
    }

    private sealed class PathRow
    {
        public string? Path { get; set; }
    }

    private sealed class BytesRow
    {
        public byte[]? Bytes { get; set; }
    }

    private sealed class ImageRow
    {
        [AnySizeImage]
        public MLImage? Image { get; set; }
    }
}
