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
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType): the path of an image file; vector of <xref:System.Byte>: the content of one; or <xref:Microsoft.ML.Data.MLImage> |
/// | Output column data type | Known-sized vector of <xref:System.Single>; with `UnreadableImages.UseDefault` also a <xref:System.Boolean> |
/// | Required NuGet in addition to Microsoft.ML | ResNetMLNet.MLNetPipelines, and one of Microsoft.ML.OnnxRuntime and Microsoft.ML.OnnxRuntime.Gpu |
/// | Exportable to ONNX | No |
///
/// The resulting transformer decodes, turns upright, resizes and crops the images as the backbone's file says, and runs
/// its network, many images at a time. Paths and contents give the same features. An `MLImage` gives what is in it: ML.NET's readers
/// multiply colours by the transparency and leave EXIF orientation alone, so a translucent or turned picture gives other features.
/// ]]></format>
/// </remarks>
/// <seealso cref="ImageFeaturizingCatalog"/>
public sealed class ImageFeaturizingEstimator : IEstimator<ImageFeaturizingTransformer>
{
    private readonly string outputColumnName;
    private readonly string inputColumnName;
    private readonly byte[] model;
    private readonly string modelName;
    private readonly FeaturizeImagesOptions options;
    private readonly int featureCount;
    private readonly Lock opening = new();
    private ImageFeaturizer? opened;
    private BackboneFile network;

    /// <param name="outputColumnName">Name of the features.</param>
    /// <param name="inputColumnName">Name of the images.</param>
    /// <param name="opened">What featurizes; it belongs to this estimator, and then to the first transformer that it fits.</param>
    internal ImageFeaturizingEstimator(string outputColumnName, string inputColumnName, ImageFeaturizer opened)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        this.outputColumnName = outputColumnName;
        this.inputColumnName = inputColumnName;
        this.opened = opened;
        network = opened.Backbone;
        model = opened.Model;
        modelName = opened.Name;
        options = opened.Options;
        featureCount = opened.FeatureCount;
    }

    /// <summary>
    /// Gives the transformer; there is nothing to learn. Those that are fitted share one network, which is released when the last of them
    /// is disposed of.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public ImageFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FeatureColumns columns = new(input.Schema, outputColumnName, inputColumnName, featureCount, options.UnreadableImages);
        return new ImageFeaturizingTransformer(Featurizer(), outputColumnName, inputColumnName, columns.Kind);
    }

    // The first transformer takes what the constructor opened, later ones share its network while it lives.
    private ImageFeaturizer Featurizer()
    {
        lock (opening)
        {
            if (opened is { } first)
            {
                opened = null;
                return first;
            }

            network = network.TryShare() ?? BackboneFile.Open(model, modelName, options, CudaProbe.ThisMachine);
            return new ImageFeaturizer(network, options);
        }
    }

    /// <summary>The input's columns with the features among them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ImageColumn.Of(inputSchema, inputColumnName);
        SchemaShape.Column[] added = options.UnreadableImages == UnreadableImages.UseDefault
            ? [FeaturesShape(), Shape<ReadableRow>(FeatureColumns.ReadableName(outputColumnName), BooleanDataViewType.Instance)]
            : [FeaturesShape()];
        return new SchemaShape(inputSchema.Where(column => added.All(other => other.Name != column.Name)).Concat(added));
    }

    private SchemaShape.Column FeaturesShape() =>
        Shape<FeatureRow>(outputColumnName, new VectorDataViewType(NumberDataViewType.Single, featureCount));

    // SchemaShape.Column has no public constructor, but an estimator of ML.NET makes one.
    private static SchemaShape.Column Shape<TRow>(string name, DataViewType type)
        where TRow : class, new()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(TRow));
        definition[0].ColumnName = name;
        definition[0].ColumnType = type;
        return InnermostCause.Of(() => new MLContext().Transforms
            .CustomMapping<NoColumns, TRow>((_, _) => { }, contractName: null, outputSchemaDefinition: definition)
            .GetOutputSchema(new SchemaShape([])).Single());
    }

    private sealed class NoColumns;

    private sealed class FeatureRow
    {
        public float[]? Features { get; set; }
    }

    private sealed class ReadableRow
    {
        public bool IsReadable { get; set; }
    }
}
