using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CsvHelper;
using Parquet;
using Parquet.Schema;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Features of images in a file that other programs read: Parquet, CSV, or NumPy's format. It is written as the images come, so memory does
/// not grow with their number, and whole or not at all.
/// </summary>
public static class FeatureTable
{
    /// <summary>The endings of the files that are written.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".parquet", ".csv", ".npy"];

    /// <summary>Whether a file's name has one of the <see cref="Extensions"/>.</summary>
    public static bool Supports(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes the features of images, those that cannot be read left out.</summary>
    /// <param name="path">
    /// <c>.parquet</c>: the columns path and label (text) and features (a list of float). <c>.csv</c>: path, label, f0, f1, ... <c>.npy</c>: a
    /// float32 array [N, C], and beside it a CSV file of the same name with path and label of each row. A file that is there is replaced.
    /// </param>
    /// <param name="features">The images, in the order of the rows; one at a time is asked for.</param>
    /// <param name="labelOf">The label of an image's path; an empty text for none.</param>
    /// <param name="featureCount">Features of an image, C.</param>
    /// <returns>How many rows were written, and the images that were left out with the reason.</returns>
    /// <exception cref="ArgumentException">The file's name has another ending.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static (int Rows, IReadOnlyList<SkippedImage> Skipped) Write(
        string path, IEnumerable<ImageFeatures> features, Func<string, string> labelOf, int featureCount)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labelOf);
        if (!Supports(path)) throw new ArgumentException($"'{path}' is not a name for a table of features: it ends in {string.Join(", ", Extensions.SkipLast(1))} or {Extensions[^1]}.", nameof(path));
        var skipped = new List<SkippedImage>();
        int rows = 0;
        IEnumerable<Row> table = Rows();
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".parquet":
                // Parquet.Net has no other way; nothing here waits for a thread that is this one's.
                WholeFile.Write(path, file => WriteParquetAsync(file, table).GetAwaiter().GetResult());
                break;
            case ".csv":
                WholeFile.Write(path, file => WriteCsv(file, table, featureCount));
                break;
            default:
                WholeFile.Write(Path.ChangeExtension(path, ".csv"), names =>
                    WholeFile.Write(path, file => WriteNumPy(file, names, table, featureCount)));
                break;
        }
        return (rows, skipped);

        IEnumerable<Row> Rows()
        {
            foreach (ImageFeatures image in features)
            {
                if (image.Features is null)
                {
                    skipped.Add(new SkippedImage(image.Path, image.Error!));
                    continue;
                }
                rows++;
                yield return new Row(image.Path, labelOf(image.Path), image.Features);
            }
        }
    }

    private static async Task WriteParquetAsync(Stream file, IEnumerable<Row> table)
    {
        const int GroupRows = 4096;
        DataField path = new("path", typeof(string), isNullable: false), label = new("label", typeof(string), isNullable: false);
        var element = new DataField<float>("element");
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(path, label, new ListField("features", element)), file);
        foreach (Row[] group in table.Chunk(GroupRows))
        {
            using ParquetRowGroupWriter columns = writer.CreateRowGroup();
            await columns.WriteAsync(path, [.. group.Select(row => row.Path)]);
            await columns.WriteAsync(label, [.. group.Select(row => row.Label)]);
            float[] values = [.. group.SelectMany(row => row.Features)];
            // 0 starts a list, 1 goes on with it; no list and no value is missing.
            int[] repetitions = [.. group.SelectMany(row => Enumerable.Range(0, row.Features.Length).Select(i => i == 0 ? 0 : 1))];
            int[] definitions = [.. Enumerable.Repeat(element.MaxDefinitionLevel, values.Length)];
            await columns.WriteAllPartsAsync<float>(element, values, definitions, repetitions, CancellationToken.None);
        }
    }

    private static void WriteCsv(Stream file, IEnumerable<Row> table, int featureCount)
    {
        using CsvWriter csv = Csv(file);
        WriteHeadings(csv, [.. Enumerable.Range(0, featureCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"f{i}"))]);
        foreach (Row row in table)
        {
            WriteName(csv, row);
            foreach (float value in row.Features) csv.WriteField(value);
            csv.NextRecord();
        }
    }

    /// <summary>
    /// Format 1.0 of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. How many rows there are is known at the end, so
    /// the head is written twice, in the same length.
    /// </summary>
    private static void WriteNumPy(Stream file, Stream names, IEnumerable<Row> table, int featureCount)
    {
        file.Write(NumPyHead(int.MaxValue, featureCount));
        using CsvWriter csv = Csv(names);
        WriteHeadings(csv, []);
        int rows = 0;
        foreach (Row row in table)
        {
            // The format's "<f4" is little-endian, as are all processors that .NET and TorchSharp run on together.
            file.Write(MemoryMarshal.AsBytes(row.Features.AsSpan()));
            WriteName(csv, row);
            csv.NextRecord();
            rows++;
        }
        file.Position = 0;
        file.Write(NumPyHead(rows, featureCount));
    }

    private static byte[] NumPyHead(int rows, int columns)
    {
        const int Length = 128, LengthOfLength = 10;
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        return
        [
            0x93, .. "NUMPY"u8, 1, 0, Length - LengthOfLength, 0,
            .. Encoding.ASCII.GetBytes(text.PadRight(Length - LengthOfLength - 1) + "\n"),
        ];
    }

    private static CsvWriter Csv(Stream file) => new(new StreamWriter(file, leaveOpen: true), CsvFormat.Own);

    private static void WriteHeadings(CsvWriter csv, IReadOnlyList<string> features)
    {
        foreach (string heading in (string[])["path", "label", .. features]) csv.WriteField(heading);
        csv.NextRecord();
    }

    private static void WriteName(CsvWriter csv, Row row)
    {
        csv.WriteField(SpreadsheetText.Neutralize(row.Path));
        csv.WriteField(SpreadsheetText.Neutralize(row.Label));
    }

    private readonly record struct Row(string Path, string Label, float[] Features);
}
