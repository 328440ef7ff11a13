using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Reads images to calibrate on from ML.NET's data.</summary>
internal static class CalibrationRows
{
    /// <returns>What the images' column holds; null where it is nothing that is read here.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or labels are no text.</exception>
    public static ImageInput? Check(IDataView data, string imageColumn, string? labelColumn)
    {
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(imageColumn)
            ?? throw new ArgumentOutOfRangeException(nameof(imageColumn), imageColumn, "The data have no such column of images.");
        if (labelColumn is not null && data.Schema.GetColumnOrNull(labelColumn)?.Type is not TextDataViewType)
            throw new ArgumentOutOfRangeException(nameof(labelColumn), labelColumn, "The data have no such column of text.");
        return ImageInputs.Of(column.Type) is { } input and not ImageInput.Decoded ? input : null;
    }

    public static List<CalibrationImage> Read(IDataView data, string imageColumn, string? labelColumn, ImageInput input)
    {
        DataViewSchema.Column column = data.Schema[imageColumn];
        DataViewSchema.Column? label = labelColumn is null ? null : data.Schema[labelColumn];
        using DataViewRowCursor cursor = data.GetRowCursor(label is null ? [column] : [column, label.Value]);
        Func<string>? readLabel = label is null ? null : Text(cursor, label.Value);
        Func<int, string?, CalibrationImage> read = input == ImageInput.Path ? Paths(cursor, column) : Contents(cursor, column);
        List<CalibrationImage> images = [];
        while (cursor.MoveNext()) images.Add(read(images.Count, readLabel?.Invoke()));
        return images;
    }

    private static Func<string> Text(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        return () =>
        {
            ReadOnlyMemory<char> text = default;
            getter(ref text);
            return text.ToString();
        };
    }

    private static Func<int, string?, CalibrationImage> Paths(DataViewRow row, DataViewSchema.Column column)
    {
        Func<string> path = Text(row, column);
        return (_, label) => CalibrationImages.OfFile(path(), label);
    }

    private static Func<int, string?, CalibrationImage> Contents(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<byte>> getter = row.GetGetter<VBuffer<byte>>(column);
        return (index, label) =>
        {
            VBuffer<byte> bytes = default;
            getter(ref bytes);
            byte[] content = [.. bytes.DenseValues()];
            return new CalibrationImage($"row {index}", label, () => Picture.OfBytes(content));
        };
    }
}
