using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// What every estimator must do, whatever it learns: promise the schema that it delivers, give the same values fresh, saved and loaded, in
/// batches and row by row, and refuse data that do not fit, before and in <c>Fit</c>, with the same words. Trainer.Tests runs it too.
/// </summary>
internal static class EstimatorWorkout
{
    /// <param name="estimator">The estimator.</param>
    /// <param name="valid">Data to fit.</param>
    /// <param name="without">Columns of the data that it cannot do without.</param>
    /// <param name="fitAgain">Whether to fit it twice, to the same values.</param>
    public static void Run<TTransformer>(IEstimator<TTransformer> estimator, IDataView valid, string[] without, bool fitAgain = true)
        where TTransformer : class, ITransformer
    {
        MLContext ml = new();
        foreach (string column in without)
        {
            IDataView lacking = ml.Transforms.DropColumns(column).Fit(valid).Transform(valid);
            StringAssert.StartsWith(Refusal(estimator, lacking), $"Could not find input column '{column}'. The data have the columns '");
            IDataView vectors = ml.Transforms.CustomMapping<NoColumns, VectorRow>(
                (_, row) => row.Vector = [1, 2], contractName: null, outputSchemaDefinition: VectorRow.Named(column))
                .Fit(lacking).Transform(lacking);
            StringAssert.StartsWith(Refusal(estimator, vectors), "Schema mismatch for ");
        }

        TTransformer fitted = estimator.Fit(valid);
        DataViewSchema delivered = fitted.GetOutputSchema(valid.Schema);
        AssertSame(estimator.GetOutputSchema(ShapeOf(valid)), delivered);
        IDataView transformed = fitted.Transform(valid);
        AssertSame(delivered, transformed.Schema);

        string[] columns = [.. delivered.Where(column => !column.IsHidden && column.Type is not ImageDataViewType)
            .Select(column => column.Name)];
        object[][] expected = Values(transformed, columns);
        Assert.IsGreaterThan(1, expected.Length);
        AssertClose(expected, Values(valid, fitted, columns));
        if (fitAgain) AssertClose(expected, Values(estimator.Fit(valid).Transform(valid), columns));

        string folder = Directory.CreateTempSubdirectory("estimator-workout").FullName;
        try
        {
            string path = Path.Combine(folder, "model.zip"), again = Path.Combine(folder, "again.zip");
            ml.Model.Save(fitted, valid.Schema, path);
            ml.Model.Save(ml.Model.LoadImageModel(path, out _), valid.Schema, again);
            foreach (ITransformer loaded in new[] { ml.Model.Load(path, out _), ml.Model.LoadImageModel(path, out _),
                ml.Model.Load(again, out _), ml.Model.LoadImageModel(again, out _) })
            {
                foreach (string column in columns)
                    Assert.AreEqual(delivered[column].Type, loaded.GetOutputSchema(valid.Schema)[column].Type, column);
                AssertClose(expected, Values(loaded.Transform(valid), columns));
                AssertClose(expected, Values(valid, loaded, columns));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The shape of data: what a chain passes to an estimator before any data.</summary>
    public static SchemaShape ShapeOf(IDataView view) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, [view.Schema])!;

    private static string Refusal<TTransformer>(IEstimator<TTransformer> estimator, IDataView data) where TTransformer : class, ITransformer
    {
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message;
        Assert.AreEqual(message, Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(ShapeOf(data))).Message);
        return message;
    }

    private static void AssertSame(SchemaShape promised, DataViewSchema delivered)
    {
        DataViewSchema.Column[] visible = [.. delivered.Where(column => !column.IsHidden)];
        CollectionAssert.AreEquivalent(visible.Select(column => column.Name).ToArray(), promised.Select(column => column.Name).ToArray());
        foreach (DataViewSchema.Column column in visible)
        {
            SchemaShape.Column shape = promised.Single(other => other.Name == column.Name);
            Assert.AreEqual(column.Type is VectorDataViewType, shape.Kind != SchemaShape.Column.VectorKind.Scalar, column.Name);
            Assert.AreEqual(column.Type.GetItemType().RawType, shape.ItemType.RawType, column.Name);
            Assert.AreEqual(column.Type.GetItemType() is KeyDataViewType, shape.IsKey, column.Name);
        }
    }

    private static void AssertSame(DataViewSchema expected, DataViewSchema actual) =>
        CollectionAssert.AreEqual(expected.Select(column => $"{column.Name} {column.Type}").ToArray(),
            actual.Select(column => $"{column.Name} {column.Type}").ToArray());

    private static DataViewType GetItemType(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    // In batches, as a cursor gives them.
    private static object[][] Values(IDataView data, string[] columns)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(columns.Select(name => data.Schema[name]));
        return Values(cursor, cursor, columns);
    }

    // Row by row, as a prediction engine asks for them.
    private static object[][] Values(IDataView data, ITransformer transformer, string[] columns)
    {
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        using DataViewRow row = mapper.GetRow(cursor, columns.Select(name => mapper.OutputSchema[name]));
        return Values(cursor, row, columns);
    }

    private static object[][] Values(DataViewRowCursor cursor, DataViewRow row, string[] columns)
    {
        Func<object>[] getters = [.. columns.Select(name => Getter(row, row.Schema[name]))];
        List<object[]> values = [];
        while (cursor.MoveNext()) values.Add([.. getters.Select(getter => getter())]);
        return [.. values];
    }

    private static Func<object> Getter(DataViewRow row, DataViewSchema.Column column)
    {
        return column.Type switch
        {
            TextDataViewType => Get<ReadOnlyMemory<char>>(text => text.ToString()),
            BooleanDataViewType => Get<bool>(value => value),
            KeyDataViewType => Get<uint>(value => value),
            VectorDataViewType { ItemType: TextDataViewType } =>
                Get<VBuffer<ReadOnlyMemory<char>>>(texts => string.Join('|', texts.DenseValues())),
            VectorDataViewType { ItemType: NumberDataViewType } vector when vector.ItemType == NumberDataViewType.Byte =>
                Get<VBuffer<byte>>(bytes => Convert.ToHexString([.. bytes.DenseValues()])),
            VectorDataViewType { ItemType: NumberDataViewType } => Get<VBuffer<float>>(vector => vector.DenseValues().ToArray()),
            _ => Get<float>(value => new[] { value }),
        };

        Func<object> Get<T>(Func<T, object> copy)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default!;
                getter(ref value);
                return copy(value);
            };
        }
    }

    private static void AssertClose(object[][] expected, object[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        foreach ((object one, object other) in expected.SelectMany(row => row).Zip(actual.SelectMany(row => row)))
        {
            if (one is not float[] vector)
            {
                Assert.AreEqual(one, other);
                continue;
            }

            float largest = vector.Max(Math.Abs);
            Assert.HasCount(vector.Length, (float[])other);
            foreach ((float value, float got) in vector.Zip((float[])other)) Assert.AreEqual(value, got, 1e-5f * Math.Max(1e-3f, largest));
        }
    }

    private sealed class NoColumns;

    private sealed class VectorRow
    {
        [VectorType(2)]
        public float[] Vector { get; set; } = [];

        public static SchemaDefinition Named(string column)
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(VectorRow));
            definition[0].ColumnName = column;
            return definition;
        }
    }
}
