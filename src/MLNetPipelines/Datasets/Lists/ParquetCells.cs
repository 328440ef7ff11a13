using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The cells of a group of rows, as text; images as they are.</summary>
internal sealed record ParquetCells
{
    private static readonly JsonSerializerOptions readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required int Rows { get; init; }

    public string?[]? Path { get; init; }

    public ReadOnlyMemory<byte>[]? Bytes { get; init; }

    /// <summary>Whether each row holds its image; null where that was not read.</summary>
    public bool[]? HasBytes { get; init; }

    public string?[]? Label { get; init; }

    public string?[]? Split { get; init; }

    /// <summary>The data of a column of single values, or of lists of them.</summary>
    /// <exception cref="InvalidDataException">It is of something else.</exception>
    public static DataField Leaf(ParquetFile file, int column) => file.Fields[column] switch
    {
        DataField leaf => leaf,
        ListField { Item: DataField item } => item,
        Field other => throw new InvalidDataException(
            $"The column '{other.Name}' of '{file.Path}' has neither texts nor numbers. Name the one to use."),
    };

    /// <summary>Reads a group.</summary>
    public static ParquetCells Read(ParquetFile file, int number, ParquetColumns columns, bool contents)
    {
        using ParquetRowGroupReader group = file.Group(number);
        int rows = checked((int)group.RowCount);
        (ReadOnlyMemory<byte>[] Values, bool[] Defined)? bytes =
            columns.Bytes is null || !contents ? null : Contents(group, columns.Bytes, rows);
        return new ParquetCells
        {
            Rows = rows,
            Path = columns.Path is null ? null : Texts(file, group, columns.Path, rows),
            Bytes = bytes?.Values,
            HasBytes = bytes?.Defined,
            Label = columns.Label is null ? null : Texts(file, group, columns.Label, rows),
            Split = columns.Split is null ? null : Texts(file, group, columns.Split, rows),
        };
    }

    /// <summary>Texts as a JSON array.</summary>
    public static string Json(IEnumerable<string> texts) => JsonSerializer.Serialize(texts, readable);

    private static (ReadOnlyMemory<byte>[] Values, bool[] Defined) Contents(ParquetRowGroupReader group, DataField field, int rows)
    {
        var values = new ReadOnlyMemory<byte>[rows];
        bool[] defined = new bool[rows];
        using RawColumnData<ReadOnlyMemory<byte>> column = Column<ReadOnlyMemory<byte>>(group, field);
        foreach ((int row, int value) in Places(column, field, rows))
        {
            values[row] = column.Values[value].ToArray(); // the column's memory is used again
            defined[row] = true;
        }

        return (values, defined);
    }

    private static string?[] Texts(ParquetFile file, ParquetRowGroupReader group, DataField field, int rows)
    {
        Type type = field.ClrType;
        return type == typeof(ReadOnlyMemory<char>) ? Texts<ReadOnlyMemory<char>>(group, field, rows, text => text.ToString())
            : type == typeof(long) ? Numbers<long>()
            : type == typeof(int) ? Numbers<int>()
            : type == typeof(short) ? Numbers<short>()
            : type == typeof(sbyte) ? Numbers<sbyte>()
            : type == typeof(ulong) ? Numbers<ulong>()
            : type == typeof(uint) ? Numbers<uint>()
            : type == typeof(ushort) ? Numbers<ushort>()
            : type == typeof(byte) ? Numbers<byte>()
            : type == typeof(float) ? Numbers<float>()
            : type == typeof(double) ? Numbers<double>()
            : type == typeof(bool) ? Texts<bool>(group, field, rows, value => value ? "true" : "false")
            : throw new InvalidDataException(
                $"The column '{field.Path}' of '{file.Path}' has values of type {type.Name}; "
                + "texts and numbers are read. Name another.");

        string?[] Numbers<T>()
            where T : struct, IFormattable => Texts<T>(group, field, rows, number => number.ToString(null, CultureInfo.InvariantCulture));
    }

    private static string?[] Texts<T>(ParquetRowGroupReader group, DataField field, int rows, Func<T, string> text)
        where T : struct
    {
        using RawColumnData<T> column = Column<T>(group, field);
        ILookup<int, int>? lists = field.MaxRepetitionLevel == 0
            ? null
            : Places(column, field, rows).ToLookup(place => place.Row, place => place.Value);
        string?[] texts = new string?[rows];
        if (lists is not null)
        {
            for (int row = 0; row < rows; row++) texts[row] = Json(lists[row].Select(value => text(column.Values[value])));
        }
        else
        {
            foreach ((int row, int value) in Places(column, field, rows)) texts[row] = text(column.Values[value]);
        }

        return texts;
    }

    private static RawColumnData<T> Column<T>(ParquetRowGroupReader group, DataField field)
        where T : struct => (RawColumnData<T>)group.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();

    /// <summary>
    /// The row of each value that is there: the levels of Dremel (Melnik et al. 2010), in which a list starts at repetition 0.
    /// </summary>
    private static List<(int Row, int Value)> Places<T>(RawColumnData<T> column, DataField field, int rows)
        where T : struct
    {
        ReadOnlySpan<int> definitions = field.MaxDefinitionLevel == 0 ? default : column.DefinitionLevels;
        ReadOnlySpan<int> repetitions = field.MaxRepetitionLevel == 0 ? default : column.RepetitionLevels;
        int entries = field.MaxDefinitionLevel == 0 ? column.Values.Length : definitions.Length;
        var places = new List<(int Row, int Value)>(entries);
        int row = -1, value = 0;
        for (int entry = 0; entry < entries; entry++)
        {
            if (repetitions.IsEmpty || repetitions[entry] == 0) row++;
            if (row >= rows) throw new InvalidDataException("A column has more rows than its group.");
            if (definitions.IsEmpty || definitions[entry] == field.MaxDefinitionLevel) places.Add((row, value++));
        }

        return row == rows - 1 ? places : throw new InvalidDataException("A column has fewer rows than its group.");
    }
}
