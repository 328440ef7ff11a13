using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// What every estimator must do, whatever it learns: promise the schema that it delivers, give the same values fresh, saved and loaded, in
/// batches and row by row, and
/// refuse data that do not fit, before and in <c>Fit</c>, with the same words.
/// </summary>
internal static class EstimatorWorkout
{
    /// <param name="estimator">The estimator.</param>
    /// <param name="valid">Data to fit.</param>
    /// <param name="invalid">Data that lack a column, or have one of another type.</param>
    public static void Run<TTransformer>(IEstimator<TTransformer> estimator, IDataView valid, params IDataView[] invalid)
        where TTransformer : class, ITransformer
    {
        MLContext ml = new();
        foreach (IDataView data in invalid)
        {
            string message = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message;
            Assert.AreEqual(message, Assert.Throws<ArgumentOutOfRangeException>(() =>
                estimator.GetOutputSchema(ImageInputTests.ShapeOf(data))).Message);
        }

        TTransformer fitted = estimator.Fit(valid);
        DataViewSchema delivered = fitted.GetOutputSchema(valid.Schema);
        AssertSame(estimator.GetOutputSchema(ImageInputTests.ShapeOf(valid)), delivered);
        IDataView transformed = fitted.Transform(valid);
        AssertSame(delivered, transformed.Schema);

        string[] columns = [.. delivered.Where(column => !column.IsHidden).Select(column => column.Name)];
        object[][] expected = Values(transformed, columns);
        Assert.IsGreaterThan(1, expected.Length);
        AssertClose(expected, Values(valid, fitted, columns));
        AssertClose(expected, Values(estimator.Fit(valid).Transform(valid), columns));

        using TemporaryFolder folder = new();
        string path = folder.File("model.zip"), again = folder.File("again.zip");
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
            if (one is float[] vector) ImageFeaturizerTests.AssertClose(vector, (float[])other);
            else Assert.AreEqual(one, other);
        }
    }
}
