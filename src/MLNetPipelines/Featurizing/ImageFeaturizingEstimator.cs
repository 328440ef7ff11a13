using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="ImageFeaturizingTransformer"/>: images to the features of a backbone.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
///
/// ###  Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType): the path of an image file |
/// | Output column data type | Known-sized vector of <xref:System.Single> |
/// | Required NuGet in addition to Microsoft.ML | ResNetMLNet.MLNetPipelines, and one of Microsoft.ML.OnnxRuntime and Microsoft.ML.OnnxRuntime.Gpu |
/// | Exportable to ONNX | No |
///
/// The resulting transformer decodes, turns upright, resizes and crops the images as the backbone's file says, and runs
/// its network, many images at a time.
/// ]]></format>
/// </remarks>
/// <seealso cref="ImageFeaturizingCatalog.FeaturizeImages"/>
public sealed class ImageFeaturizingEstimator : IEstimator<ImageFeaturizingTransformer>
{
    private readonly string outputColumnName;
    private readonly string inputColumnName;
    private readonly string modelPath;
    private readonly FeaturizeImagesOptions options;
    private readonly int featureCount;
    private ImageFeaturizer? opened;

    internal ImageFeaturizingEstimator(string outputColumnName, string inputColumnName, string modelPath, FeaturizeImagesOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        this.outputColumnName = outputColumnName;
        this.inputColumnName = inputColumnName;
        this.modelPath = modelPath;
        this.options = options;
        opened = ImageFeaturizer.Open(modelPath, options);
        featureCount = opened.FeatureCount;
    }

    /// <summary>Gives the transformer; there is nothing to learn. Each one that is fitted has a network of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public ImageFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _ = new FeatureColumns(input.Schema, outputColumnName, inputColumnName, featureCount);

        // The first transformer takes the network that the constructor opened.
        ImageFeaturizer featurizer = Interlocked.Exchange(ref opened, null) ?? ImageFeaturizer.Open(modelPath, options);
        return new ImageFeaturizingTransformer(featurizer, outputColumnName, inputColumnName);
    }

    /// <summary>The input's columns with the features among them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column? image = inputSchema.Cast<SchemaShape.Column?>().LastOrDefault(column => column!.Value.Name == inputColumnName);
        if (image is not { } found)
        {
            throw FeatureColumns.Missing(inputColumnName, inputSchema.Select(column => column.Name));
        }

        if (found.Kind != SchemaShape.Column.VectorKind.Scalar || !RowImages.Holds(found.ItemType))
        {
            throw FeatureColumns.Mismatch(inputColumnName,
                found.Kind == SchemaShape.Column.VectorKind.Scalar ? found.ItemType.ToString()! : $"{found.Kind} of {found.ItemType}");
        }

        return new SchemaShape(inputSchema.Where(column => column.Name != outputColumnName).Append(FeaturesShape()));
    }

    // SchemaShape.Column has no public constructor, but an estimator of ML.NET makes one.
    private SchemaShape.Column FeaturesShape()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(FeatureRow));
        definition[0].ColumnName = outputColumnName;
        definition[0].ColumnType = new VectorDataViewType(NumberDataViewType.Single, featureCount);
        return new MLContext().Transforms
            .CustomMapping<NoColumns, FeatureRow>((_, _) => { }, contractName: null, outputSchemaDefinition: definition)
            .GetOutputSchema(new SchemaShape([])).Single();
    }

    private sealed class NoColumns;

    private sealed class FeatureRow
    {
        public float[]? Features { get; set; }
    }
}
