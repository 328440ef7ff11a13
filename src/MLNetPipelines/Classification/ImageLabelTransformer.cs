using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// <see cref="ITransformer"/> that maps the labels of an image classifier to keys where the data have labels, as evaluation needs it, and
/// passes over data without labels, as prediction has them. It saves itself as ML.NET's own mapping, which needs the label column in
/// whatever <c>mlContext.Model.Load</c> loads; <c>LoadImageModel</c> makes this transformer of it again.
/// </summary>
public sealed class ImageLabelTransformer : ITransformer
{
    private readonly ValueToKeyMappingTransformer keys;
    private readonly string[] labels;

    /// <param name="keys">The mapping of the labels.</param>
    public ImageLabelTransformer(ValueToKeyMappingTransformer keys) : this(keys, [])
    {
    }

    internal ImageLabelTransformer(ValueToKeyMappingTransformer keys, IReadOnlyList<ImageFeatures> leftOut)
    {
        ArgumentNullException.ThrowIfNull(keys);
        this.keys = keys;
        labels = [.. ColumnPairs.Of(keys).Select(pair => pair.Input)];
        LeftOut = leftOut;
    }

    /// <summary>
    /// The images that cannot be read, and so were left out when the classifier was trained, with the reasons. Images that are not in files
    /// are named by their rows.
    /// Empty in a model that was loaded.
    /// </summary>
    public IReadOnlyList<ImageFeatures> LeftOut { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns, the label column replaced by one of keys where there is one.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return HasLabels(inputSchema) ? keys.GetOutputSchema(inputSchema) : inputSchema;
    }

    /// <summary>Maps the labels to keys where there are labels.</summary>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return HasLabels(input.Schema) ? keys.Transform(input) : input;
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        HasLabels(inputSchema) ? ((ITransformer)keys).GetRowToRowMapper(inputSchema) : new Passing(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)keys).Save(ctx);

    private bool HasLabels(DataViewSchema schema) => labels.Any(label => schema.GetColumnOrNull(label) is not null);

    private sealed class Passing(DataViewSchema schema) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => schema;

        public DataViewSchema OutputSchema => schema;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => dependingColumns;

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => input;
    }
}
