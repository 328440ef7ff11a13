using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>One schema, and what featurizing makes of it: the same columns and behind them the features.</summary>
internal sealed class FeatureColumns
{
    /// <param name="input">The schema.</param>
    /// <param name="outputColumnName">Name of the features.</param>
    /// <param name="inputColumnName">Name of the images.</param>
    /// <param name="featureCount">Numbers in a feature vector.</param>
    /// <param name="unreadable">With <see cref="UnreadableImages.UseDefault"/> a Boolean column stands behind the features.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of another type.</exception>
    public FeatureColumns(
        DataViewSchema input, string outputColumnName, string inputColumnName, int featureCount, UnreadableImages unreadable)
    {
        Input = input;
        Image = ImageColumn.Of(input, inputColumnName);
        Kind = ImageInputs.Of(Image.Type)!.Value;

        DataViewSchema.Builder builder = new();
        builder.AddColumns(input);
        builder.AddColumn(outputColumnName, new VectorDataViewType(NumberDataViewType.Single, featureCount));
        if (unreadable == UnreadableImages.UseDefault)
        {
            builder.AddColumn(ReadableName(outputColumnName), BooleanDataViewType.Instance);
        }

        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>The column of <see cref="Input"/> that holds the images.</summary>
    public DataViewSchema.Column Image { get; }

    /// <summary>How it holds them.</summary>
    public ImageInput Kind { get; }

    /// <summary>The column of <see cref="Output"/> that holds the features.</summary>
    public DataViewSchema.Column Features => Output[Input.Count];

    /// <summary>Whether unreadable images give missing values, and a column says which they are.</summary>
    public bool HasReadable => Output.Count > Input.Count + 1;

    /// <summary>Whether a column of <see cref="Output"/> is none of the input's.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= Input.Count;

    /// <summary>What the source must give for those columns of <see cref="Output"/>.</summary>
    public IEnumerable<DataViewSchema.Column> SourceOf(IEnumerable<DataViewSchema.Column> columns) =>
        columns.Select(column => IsAdded(column) ? Image : Input[column.Index]).DistinctBy(column => column.Index);

    /// <summary>A getter of an added column: of the one that has that type.</summary>
    public ValueGetter<TValue> Choose<TValue>(
        DataViewSchema.Column column, ValueGetter<VBuffer<float>> features, ValueGetter<bool> isReadable) =>
        (column.Index == Input.Count ? features as ValueGetter<TValue> : isReadable as ValueGetter<TValue>)
        ?? throw WrongGetter(column, typeof(TValue));

    /// <summary>Name of the column that says which images could be read.</summary>
    public static string ReadableName(string outputColumnName) => $"{outputColumnName}IsReadable";

    /// <summary>Writes the features of a row; missing values where there are none.</summary>
    public static void Write(ReadOnlySpan<float> features, bool isReadable, ref VBuffer<float> value)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, features.Length);
        if (isReadable)
        {
            features.CopyTo(editor.Values);
        }
        else
        {
            editor.Values.Fill(float.NaN);
        }

        value = editor.Commit();
    }

    /// <exception cref="ArgumentOutOfRangeException">The column is missing.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Select(column => column.Name));
    }

    /// <inheritdoc cref="Find(DataViewSchema, string)"/>
    public static SchemaShape.Column Find(SchemaShape schema, string name)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema.Cast<SchemaShape.Column?>().LastOrDefault(column => column!.Value.Name == name)
            ?? throw Missing(name, schema.Select(column => column.Name));
    }

    private static ArgumentOutOfRangeException Missing(string name, IEnumerable<string> present) => new(paramName: null,
        $"Could not find input column '{name}'. The data have the columns '{string.Join("', '", present.Distinct())}'.");

    public static ArgumentOutOfRangeException Mismatch(string name, string type) => new(paramName: null,
        $"Schema mismatch for input column '{name}': expected {ImageInputs.Expected}, got {type}.");

    /// <summary>A column's type in words; the size of a vector, which a <see cref="SchemaShape"/> does not know, is left out.</summary>
    public static string Describe(DataViewType type) => type is VectorDataViewType vector ? $"Vector<{vector.ItemType}>" : $"{type}";

    /// <inheritdoc cref="Describe(DataViewType)"/>
    public static string Describe(SchemaShape.Column column) =>
        column.Kind == SchemaShape.Column.VectorKind.Scalar ? $"{column.ItemType}" : $"Vector<{column.ItemType}>";

    public static InvalidOperationException WrongGetter(DataViewSchema.Column column, Type asked) => new(
        $"Column '{column.Name}' holds {column.Type.RawType}, and a getter for {asked} was asked for.");

    public static InvalidOperationException Inactive(DataViewSchema.Column column) => new(
        $"Column '{column.Name}' is not active in this cursor. Ask for it when the cursor is made.");
}
