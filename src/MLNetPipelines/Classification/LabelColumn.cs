using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A column of classes, read by name row by row: text as it is, the values of keys, and other values as invariant text. Keys without values
/// count from 0, as in ML.NET's text files.
/// </summary>
public sealed class LabelColumn
{
    private readonly Func<string?> read;

    /// <param name="row">The rows: a cursor, or any other row.</param>
    /// <param name="column">The column: text, a key, Boolean or a number; active in the row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is of another type.</exception>
    public LabelColumn(DataViewRow row, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(row);
        read = column.Type switch
        {
            TextDataViewType => Reader<ReadOnlyMemory<char>>(row, column, text => text.IsEmpty ? null : text.ToString()),
            BooleanDataViewType => Reader<bool>(row, column, value => value.ToString()),
            KeyDataViewType => OfKeys(row, column),
            NumberDataViewType => OfNumbers(row, column),
            _ => throw new ArgumentOutOfRangeException(paramName: null,
                $"Schema mismatch for label column '{column.Name}': expected String, Key, Boolean or a number, got {column.Type}."),
        };
    }

    /// <summary>Finds a column.</summary>
    /// <param name="schema">The data's schema.</param>
    /// <param name="name">The column's name.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing.</exception>
    public static DataViewSchema.Column Of(DataViewSchema schema, string name) => FeatureColumns.Find(schema, name);

    /// <inheritdoc cref="Of(DataViewSchema, string)"/>
    public static SchemaShape.Column Of(SchemaShape schema, string name) => FeatureColumns.Find(schema, name);

    /// <summary>The names of all classes of a column of keys, in the keys' order.</summary>
    /// <param name="keys">The column.</param>
    /// <exception cref="ArgumentException">The column does not hold keys.</exception>
    public static IReadOnlyList<string> NamesOf(DataViewSchema.Column keys) =>
        keys.Type is KeyDataViewType { Count: <= int.MaxValue and var count }
            ? ClassNames.OfKeys(keys) ?? [.. Enumerable.Range(0, (int)count).Select(i => i.ToString(CultureInfo.InvariantCulture))]
            : throw new ArgumentException($"Column '{keys.Name}' holds {keys.Type}, not keys of a known number.", nameof(keys));

    /// <summary>The class of the current row; null where it is missing.</summary>
    public string? Read() => read();

    private static Func<string?> OfKeys(DataViewRow row, DataViewSchema.Column column)
    {
        string[]? names = ClassNames.OfKeys(column);
        return Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.Byte => Reader<byte>(row, column, key => NameOf(key)),
            TypeCode.UInt16 => Reader<ushort>(row, column, key => NameOf(key)),
            TypeCode.UInt32 => Reader<uint>(row, column, key => NameOf(key)),
            _ => Reader<ulong>(row, column, NameOf),
        };

        string? NameOf(ulong key) => key == 0 ? null : names?[(int)key - 1] ?? (key - 1).ToString(CultureInfo.InvariantCulture);
    }

    private static Func<string?> OfNumbers(DataViewRow row, DataViewSchema.Column column)
    {
        return Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.Single => Number<float>(),
            TypeCode.Double => Number<double>(),
            TypeCode.SByte => Number<sbyte>(),
            TypeCode.Byte => Number<byte>(),
            TypeCode.Int16 => Number<short>(),
            TypeCode.UInt16 => Number<ushort>(),
            TypeCode.Int32 => Number<int>(),
            TypeCode.UInt32 => Number<uint>(),
            TypeCode.Int64 => Number<long>(),
            _ => Number<ulong>(),
        };

        Func<string?> Number<T>() where T : INumberBase<T> =>
            Reader<T>(row, column, value => T.IsNaN(value) ? null : value.ToString(null, CultureInfo.InvariantCulture));
    }

    private static Func<string?> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string?> name)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return name(value);
        };
    }
}
