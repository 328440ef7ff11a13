using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>One schema, and what featurizing makes of it: the same columns and behind them the features.</summary>
internal sealed class FeatureColumns
{
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of another type.</exception>
    public FeatureColumns(DataViewSchema input, string outputColumnName, string inputColumnName, int featureCount)
    {
        Input = input;
        Image = input.GetColumnOrNull(inputColumnName) ?? throw Missing(inputColumnName, input.Select(column => column.Name));
        if (!RowImages.Holds(Image.Type))
        {
            throw Mismatch(inputColumnName, Image.Type.ToString()!);
        }

        DataViewSchema.Builder builder = new();
        builder.AddColumns(input);
        builder.AddColumn(outputColumnName, new VectorDataViewType(NumberDataViewType.Single, featureCount));
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>The column of <see cref="Input"/> that holds the images.</summary>
    public DataViewSchema.Column Image { get; }

    /// <summary>The column of <see cref="Output"/> that holds the features.</summary>
    public DataViewSchema.Column Features => Output[Input.Count];

    public bool IsFeatures(DataViewSchema.Column column) => column.Index == Input.Count;

    /// <summary>What the source must give for those columns of <see cref="Output"/>.</summary>
    public IEnumerable<DataViewSchema.Column> SourceOf(IEnumerable<DataViewSchema.Column> columns) =>
        columns.Select(column => IsFeatures(column) ? Image : Input[column.Index]).DistinctBy(column => column.Index);

    public static ArgumentOutOfRangeException Missing(string name, IEnumerable<string> present) => new(paramName: null,
        $"Could not find input column '{name}'. The data have the columns '{string.Join("', '", present.Distinct())}'.");

    public static ArgumentOutOfRangeException Mismatch(string name, string type) => new(paramName: null,
        $"Schema mismatch for input column '{name}': expected {RowImages.Expected}, got {type}.");

    public static InvalidOperationException WrongGetter(DataViewSchema.Column column, Type asked) => new(
        $"Column '{column.Name}' holds {column.Type.RawType}, and a getter for {asked} was asked for.");

    public static InvalidOperationException Inactive(DataViewSchema.Column column) => new(
        $"Column '{column.Name}' is not active in this cursor. Ask for it when the cursor is made.");
}
