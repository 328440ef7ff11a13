using System.Globalization;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A list in Parquet: a column of paths, or of images as Hugging Face's data sets have them
/// (https://huggingface.co/docs/datasets/image_dataset): <c>{bytes, path}</c>. Labels are text, numbers, or the places of class names that
/// the file's metadata list. A group of rows is read at a time.
/// </summary>
internal sealed class ParquetList : IImageListFormat
{
    private readonly IReadOnlyList<string> files;
    private readonly DataSetPart?[] parts;
    private readonly ImageListOptions options;
    private readonly ListedPaths paths;

    /// <param name="list">The list, as it was named.</param>
    /// <param name="files">Its files, of one schema.</param>
    /// <param name="options">Which columns.</param>
    /// <exception cref="InvalidDataException">The first file is damaged, or lacks a column.</exception>
    public ParquetList(string list, IReadOnlyList<string> files, ImageListOptions options)
    {
        (this.files, this.options) = (files, options);
        parts = ListFiles.PartsOf(files);
        paths = new ListedPaths(Directory.Exists(list) ? Path.Combine(list, ".") : list, options.Root);
        using ParquetFile file = ParquetFile.Open(files[0]);
        Columns = file.Columns;
        ParquetColumns columns = ColumnsOf(file);
        (HasLabels, HoldsImages) = (columns.Label is not null, columns.Bytes is not null);
    }

    public IReadOnlyList<string> Columns { get; }

    public bool HasLabels { get; }

    public bool HoldsImages { get; }

    public IEnumerable<ImageListRow> Rows(bool contents) =>
        files.Zip(parts, (file, part) => RowsOf(file, part, contents)).SelectMany(rows => rows);

    private IEnumerable<ImageListRow> RowsOf(string path, DataSetPart? part, bool contents)
    {
        long number = 0;
        ParquetFile? file = null;
        try
        {
            (file, ParquetColumns? columns, string? problem) = Try(path);
            for (int group = 0; problem is null && group < file!.Groups; group++)
            {
                (ParquetCells? cells, problem) = ParquetFile.Guarded(path, () => ParquetCells.Read(file, group, columns!, contents));
                if (cells is null) break;
                for (int row = 0; row < cells.Rows; row++)
                {
                    string place = string.Create(CultureInfo.InvariantCulture, $"{path}, row {++number}");
                    yield return Row(place, columns!, cells, row, part);
                }
            }

            if (problem is not null)
            {
                string place = number == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}, behind row {number}");
                yield return new ImageListRow { Place = place, Problem = problem };
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    private (ParquetFile? File, ParquetColumns? Columns, string? Problem) Try(string path)
    {
        ParquetFile? file = null;
        try
        {
            file = ParquetFile.Open(path);
            return (file, ColumnsOf(file), null);
        }
        catch (InvalidDataException e)
        {
            file?.Dispose();
            return (null, null, $"cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private ImageListRow Row(string place, ParquetColumns columns, ParquetCells cells, int row, DataSetPart? part)
    {
        (string? label, string? problem) = columns.ClassNames is { } names && cells.Label?[row] is string cell
            ? NameOf(names, cell)
            : (cells.Label?[row], null);
        string? path = cells.Path?[row];
        if (problem is not null) return new ImageListRow { Place = place, Problem = problem };
        if (columns.Bytes is null || cells.HasBytes?[row] == false)
            return Parted(paths.Row(place, path, label, columns.Split is not null, cells.Split?[row]));
        (DataSetPart? named, problem) = ListedPaths.PartOf(columns.Split is not null, cells.Split?[row]);
        return Parted(new ImageListRow
        {
            Place = place,
            Content = cells.Bytes?[row] ?? default,
            Name = path,
            Label = label?.Trim(),
            Part = named,
            Problem = problem,
        });

        ImageListRow Parted(ImageListRow read) => read.Part is null ? read with { Part = part } : read;
    }

    /// <summary>The class of a number; several are a JSON array. Below 0 there is none, as in test sets of Hugging Face.</summary>
    private static (string? Label, string? Problem) NameOf(IReadOnlyList<string> names, string cell)
    {
        if (cell.StartsWith('['))
        {
            (string? Label, string? Problem)[] each =
                [.. JsonSerializer.Deserialize<string[]>(cell)!.Select(one => NameOf(names, one))];
            return each.FirstOrDefault(one => one.Problem is not null) is { Problem: string bad }
                ? (null, bad)
                : (ParquetCells.Json(each.Select(one => one.Label).OfType<string>()), null);
        }

        if (!long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long place)) return (cell, null);
        if (place < 0) return (null, null);
        return place < names.Count
            ? (names[(int)place], null)
            : (null, string.Create(CultureInfo.InvariantCulture, $"has the class {place}, and the file names {names.Count} classes"));
    }

    private ParquetColumns ColumnsOf(ParquetFile file)
    {
        int label = ListColumns.Find(file.Columns, options.LabelColumn, ListColumns.Labels, file.Path);
        int split = ListColumns.Find(file.Columns, options.SplitColumn, ListColumns.Splits, file.Path);
        Field image = file.Fields[ImageColumn(file)];
        DataField? bytes = Bytes(image), path = image switch
        {
            StructField pair => pair.Fields.OfType<DataField>().FirstOrDefault(field => field.Name == "path"),
            DataField text when bytes is null => text,
            _ => null,
        };
        if (bytes is null && path?.ClrType != typeof(ReadOnlyMemory<char>))
            throw new InvalidDataException(
                $"The column '{image.Name}' of '{file.Path}' has neither paths nor images. Name the one to use.");
        return new ParquetColumns(
            path, bytes, label < 0 ? null : ParquetCells.Leaf(file, label), split < 0 ? null : ParquetCells.Leaf(file, split),
            label < 0 ? null : file.ClassNames(file.Columns[label]));
    }

    // A column of images goes before one of their names.
    private int ImageColumn(ParquetFile file) => options.PathColumn is null
        && ListColumns.Paths
            .Select(name => file.Fields.ToList().FindIndex(field => ListColumns.Same(field.Name, name) && Bytes(field) is not null))
            .FirstOrDefault(place => place >= 0, -1) is var place and >= 0
        ? place
        : ListColumns.Images(file.Columns, options.PathColumn, file.Path);

    private static DataField? Bytes(Field field) => field switch
    {
        StructField pair => pair.Fields.OfType<DataField>()
            .FirstOrDefault(inner => inner.Name == "bytes" && inner.ClrType == typeof(ReadOnlyMemory<byte>)),
        DataField { MaxRepetitionLevel: 0 } leaf when leaf.ClrType == typeof(ReadOnlyMemory<byte>) => leaf,
        _ => null,
    };
}

/// <summary>What is read of a Parquet file.</summary>
internal sealed record ParquetColumns(
    DataField? Path, DataField? Bytes, DataField? Label, DataField? Split, IReadOnlyList<string>? ClassNames);
