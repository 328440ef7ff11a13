using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for a classifier of images: labels to keys, images to features, a trainer on them, and the
/// predicted key back to the label.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
///
/// ###  Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Of images: text, vector of <xref:System.Byte> or <xref:Microsoft.ML.Data.MLImage>. Of labels: any type that `MapValueToKey` takes, or a key |
/// | Output column data type | `Features`: known-sized vector of <xref:System.Single>; `Score`: vector of <xref:System.Single>; `PredictedLabel`: as the labels |
/// | Required NuGet in addition to Microsoft.ML | ResNetMLNet.MLNetPipelines, and one of Microsoft.ML.OnnxRuntime and Microsoft.ML.OnnxRuntime.Gpu |
/// | Exportable to ONNX | By `ImageClassifier.ExportOnnx`, where the trainer is linear |
///
/// The fitted model needs no label column to predict, and neither does the model that `LoadImageModel` loads. `mlContext.Model.Load` loads
/// ML.NET's own mapping of labels, which needs the column: there, give the input class a label property, which may be null. Images that cannot be read are left out of training; `ImageLabelTransformer.LeftOut`
/// lists them, and `FeaturizeImagesOptions.Log` is told of each. Predicting one throws, or with `UnreadableImages.UseDefault` gives `NaN`
/// scores and an empty label.
/// ]]></format>
/// </remarks>
/// <seealso cref="ImageClassificationCatalog"/>
public sealed class ImageClassificationEstimator : IEstimator<TransformerChain<ITransformer>>
{
    private const string Features = nameof(LabeledFeatures.Features);

    private readonly ImageClassificationOptions options;
    private readonly ImageFeaturizingEstimator featurizing;

    // No part draws random numbers, so a context of its own serves whatever the caller's seed is.
    private readonly MLContext mlContext = new();

    internal ImageClassificationEstimator(string modelPath, ImageClassificationOptions options)
    {
        this.options = options;
        featurizing = mlContext.Transforms.FeaturizeImages(Features, options.ImageColumnName, modelPath, options.Featurizing);
    }

    /// <summary>Trains the classifier.</summary>
    /// <param name="input">Labelled images.</param>
    /// <returns>
    /// An <see cref="ImageLabelTransformer"/> (but not for labels that are keys already), an <see cref="ImageFeaturizingTransformer"/>, and
    /// the classifier behind it.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    /// <exception cref="InvalidDataException">A label is empty, none of the images of a class can be read, or there are fewer than two
    /// classes.</exception>
    public TransformerChain<ITransformer> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column label = input.Schema.GetColumnOrNull(options.LabelColumnName)
            ?? throw FeatureColumns.Missing(options.LabelColumnName, input.Schema.Select(column => column.Name));
        return InnermostCause.Of(() => Fit(input, label));
    }

    /// <summary>The input's columns, and those that a fitted model adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column label = inputSchema.Cast<SchemaShape.Column?>()
            .LastOrDefault(column => column!.Value.Name == options.LabelColumnName)
            ?? throw FeatureColumns.Missing(options.LabelColumnName, inputSchema.Select(column => column.Name));
        EstimatorChain<ITransformer> chain = new();
        if (!label.IsKey) chain = chain.Append<ITransformer>(Keys());
        return chain.Append<ITransformer>(featurizing).Append<ITransformer>(Trainer()).Append<ITransformer>(Names())
            .GetOutputSchema(inputSchema);
    }

    private TransformerChain<ITransformer> Fit(IDataView input, DataViewSchema.Column label)
    {
        ImageFeaturizingTransformer featurizer = featurizing.Fit(input);
        try
        {
            // Trainers take keys of one type only.
            if (label.Type is KeyDataViewType && label.Type.RawType != typeof(uint))
                input = mlContext.Transforms.Conversion.ConvertType(label.Name, outputKind: DataKind.UInt32).Fit(input).Transform(input);

            // Whatever the options say of unreadable images, here they are told apart.
            ReadableImages images = new(mlContext, featurizer, input, options);
            ValueToKeyMappingTransformer? keys = label.Type is KeyDataViewType ? null : Keys().Fit(images.View);
            IDataView keyed = keys?.Transform(images.View) ?? images.View;
            images.Check(keyed);
            EstimatorChain<ITransformer> head = new EstimatorChain<ITransformer>().Append<ITransformer>(Trainer());
            bool named = keyed.Schema[options.LabelColumnName].HasKeyValues();
            TransformerChain<ITransformer> trained = (named ? head.Append<ITransformer>(Names()) : head).Fit(images.Readable(keyed));
            ITransformer[] first = keys is null ? [featurizer] : [new ImageLabelTransformer(keys, images.LeftOut), featurizer];
            return new TransformerChain<ITransformer>([.. first,
                .. trained.SelectMany(part => part is IEnumerable<ITransformer> parts ? parts : [part])]);
        }
        catch
        {
            featurizer.Dispose();
            throw;
        }
    }

    private ValueToKeyMappingEstimator Keys() => mlContext.Transforms.Conversion.MapValueToKey(options.LabelColumnName);

    private KeyToValueMappingEstimator Names() => mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel");

    private EstimatorChain<ITransformer> Trainer()
    {
        EstimatorChain<ITransformer> chain = new();
        if (options.Normalize) chain = chain.Append<ITransformer>(mlContext.Transforms.NormalizeLpNorm(Features));
        return chain.Append(options.Trainer?.Invoke(options.LabelColumnName, Features)
            ?? ClassificationHead.Trainer(mlContext, options.LabelColumnName, Features));
    }
}
