using System.Globalization;
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
/// | Output column data type | `Features`: known-sized vector of <xref:System.Single>; `UnknownScore`: <xref:System.Single>; `IsKnown`: <xref:System.Boolean>; `Score`: vector of <xref:System.Single>; `PredictedLabel`: as the labels |
/// | Required NuGet in addition to Microsoft.ML | ResNetMLNet.MLNetPipelines, and one of Microsoft.ML.OnnxRuntime and Microsoft.ML.OnnxRuntime.Gpu |
/// | Exportable to ONNX | By `ImageClassifier.ExportOnnx`, where the trainer is linear |
///
/// The fitted model needs no label column to predict, and neither does the model that `LoadImageModel` loads. `mlContext.Model.Load` loads
/// ML.NET's own mapping of labels, which needs the column: there, give the input class a label property, which may be null. Images that
/// cannot be read are left out of training; `ImageLabelTransformer.LeftOut` lists them, and `FeaturizeImagesOptions.Log` is told of each.
/// Predicting one throws, or with `UnreadableImages.UseDefault` gives `NaN` scores and an empty label.
/// ]]></format>
/// </remarks>
/// <seealso cref="ImageClassificationCatalog"/>
public sealed class ImageClassificationEstimator : IEstimator<TransformerChain<ITransformer>>
{
    private const string Features = nameof(LabeledFeatures.Features);
    private const string WeightColumn = nameof(WeightRow.ClassWeight);

    private readonly ImageClassificationOptions options;
    private readonly ImageFeaturizingEstimator featurizing;

    // No part draws random numbers, so a context of its own serves whatever the caller's seed is.
    private readonly MLContext mlContext = new();

    internal ImageClassificationEstimator(string modelPath, ImageClassificationOptions options)
    {
        UnknownScore.RequireShare(options.Keep);
        this.options = options;
        featurizing = mlContext.Transforms.FeaturizeImages(Features, options.ImageColumnName, modelPath, options.Featurizing);
    }

    /// <summary>Trains the classifier.</summary>
    /// <param name="input">Labelled images.</param>
    /// <returns>
    /// An <see cref="ImageLabelTransformer"/> (but not for labels that are keys already), an <see cref="ImageFeaturizingTransformer"/>, an
    /// <see cref="UnknownScoringTransformer"/>, and the classifier behind them.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    /// <exception cref="InvalidDataException">A label is empty, none of the images of a class can be read, or there are fewer than two
    /// classes.</exception>
    public TransformerChain<ITransformer> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column label = FeatureColumns.Find(input.Schema, options.LabelColumnName);
        if (label.Type is VectorDataViewType) throw SeveralLabels(label.Name, FeatureColumns.Describe(label.Type));
        return InnermostCause.Of(() => Fit(input, label));
    }

    /// <summary>The input's columns, and those that a fitted model adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = FeatureColumns.Find(inputSchema, options.LabelColumnName);
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar) throw SeveralLabels(label.Name, FeatureColumns.Describe(label));
        EstimatorChain<ITransformer> chain = new();
        if (!label.IsKey) chain = chain.Append<ITransformer>(Keys());
        return chain.Append<ITransformer>(featurizing).Append<ITransformer>(UnknownScoringTransformer.Promise(mlContext))
            .Append<ITransformer>(Trainer(ClassificationHeadOptions.Usual, 1)).Append<ITransformer>(Names())
            .GetOutputSchema(inputSchema);
    }

    private static ArgumentOutOfRangeException SeveralLabels(string name, string type) => new(paramName: null,
        $"Schema mismatch for label column '{name}': expected one label for each image, got {type}.");

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
            IDataView readable = images.Readable(keyed);
            (float[][] features, uint[] labels) = Rows(readable);
            var unknown = new UnknownScoringTransformer(
                UnknownScore.Fit(features, [.. labels.Select(key => key.ToString(CultureInfo.InvariantCulture))], options.Keep), Features);
            (ClassificationHeadOptions chosen, IReadOnlyDictionary<uint, float>? weights) = Choose(readable, features, labels);
            if (weights is not null) readable = Weighted(readable, weights);
            EstimatorChain<ITransformer> head = new EstimatorChain<ITransformer>()
                .Append<ITransformer>(Trainer(chosen, featurizer.Featurizer.FeatureCount, weights is null ? null : WeightColumn));
            bool named = keyed.Schema[options.LabelColumnName].HasKeyValues();
            TransformerChain<ITransformer> trained = (named ? head.Append<ITransformer>(Names()) : head).Fit(readable);
            ITransformer[] first = keys is null ? [featurizer] : [new ImageLabelTransformer(keys, images.LeftOut), featurizer];
            return new TransformerChain<ITransformer>([.. first, unknown,
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

    // What the options leave open, and how much an image of each class counts; null for all the same.
    private (ClassificationHeadOptions Chosen, IReadOnlyDictionary<uint, float>? Weights) Choose(
        IDataView keyed, float[][] features, uint[] keys)
    {
        ClassificationHeadOptions head = options.Head;
        if (options.Trainer is not null) return (head, null);
        if (head is { Scaling: not null, L2Regularization: not null } && head.ClassWeights == ClassWeights.None) return (head, null);
        string[]? names = ClassNames.OfKeys(keyed.Schema[options.LabelColumnName]);
        Dictionary<uint, string> nameOf = keys.Distinct()
            .ToDictionary(key => key, key => names?[key - 1] ?? (key - 1).ToString(CultureInfo.InvariantCulture));
        IReadOnlyDictionary<string, float>? byName = head.ClassWeights.Compute(keys.CountBy(key => nameOf[key]).ToDictionary());
        ClassificationHeadOptions chosen = HeadSelection.Choose(head, features, [.. keys.Select(key => (int)key)],
            byName is null ? null : [.. keys.Select(key => byName[nameOf[key]])]);
        return (chosen, byName is null ? null : nameOf.ToDictionary(entry => entry.Key, entry => byName[entry.Value]));
    }

    // Read at once, since features are computed again for each time where they are not kept.
    private (float[][] Features, uint[] Keys) Rows(IDataView keyed)
    {
        List<float[]> features = [];
        List<uint> keys = [];
        foreach (KeyRow row in mlContext.Data.CreateEnumerable<KeyRow>(
            keyed, reuseRowObject: false, schemaDefinition: KeyRow.Definition(keyed, options)))
        {
            features.Add(row.Features);
            keys.Add(row.Key);
        }

        return ([.. features], [.. keys]);
    }

    private IDataView Weighted(IDataView keyed, IReadOnlyDictionary<uint, float> weights) => mlContext.Transforms
        .CustomMapping<KeyRow, WeightRow>((row, weight) => weight.ClassWeight = weights[row.Key],
            contractName: null, KeyRow.Definition(keyed, options))
        .Fit(keyed).Transform(keyed);

    private EstimatorChain<ITransformer> Trainer(ClassificationHeadOptions head, int width, string? weightColumn = null)
    {
        if (options.Trainer is { } trainer)
        {
            EstimatorChain<ITransformer> chain = new();
            if (options.Normalize) chain = chain.Append<ITransformer>(mlContext.Transforms.NormalizeLpNorm(Features));
            return chain.Append(trainer(options.LabelColumnName, Features));
        }

        FeatureScaling scaling = head.Scaling!.Value;
        float l2 = ClassificationHead.TrainersL2(scaling, head.L2Regularization!.Value, width);
        return ClassificationHead.Scale(mlContext, scaling, Features, Features)
            .Append<ITransformer>(ClassificationHead.Trainer(mlContext, options.LabelColumnName, Features, weightColumn, l2));
    }

    private sealed class KeyRow
    {
        public uint Key { get; set; }

        public float[] Features { get; set; } = [];

        public static SchemaDefinition Definition(IDataView keyed, ImageClassificationOptions options)
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(KeyRow));
            SchemaDefinition.Column key = definition[nameof(Key)];
            (key.ColumnName, key.ColumnType) = (options.LabelColumnName, keyed.Schema[options.LabelColumnName].Type);
            definition[nameof(Features)].ColumnType = keyed.Schema[nameof(Features)].Type;
            return definition;
        }
    }

    private sealed class WeightRow
    {
        public float ClassWeight { get; set; }
    }
}
