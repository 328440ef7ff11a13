using System.Buffers.Binary;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An open Parquet file. What its bytes make the reader stumble over is an error that says so.</summary>
internal sealed class ParquetFile : IDisposable
{
    // Format.md of apache/parquet-format: the magic number, at the end behind the footer and its length.
    private const int MagicLength = 4, LengthLength = 4;

    private readonly ParquetReader reader;

    private ParquetFile(string path, ParquetReader reader) => (Path, this.reader) = (path, reader);

    public string Path { get; }

    public IReadOnlyList<Field> Fields => reader.Schema.Fields;

    public string[] Columns => [.. Fields.Select(one => one.Name)];

    public int Groups => reader.RowGroupCount;

    /// <exception cref="InvalidDataException">It is not a whole Parquet file.</exception>
    public static ParquetFile Open(string path)
    {
        RequireWhole(path);
        ParquetFile? opened = null;
        (ParquetFile? file, string? problem) = Guarded(path, () =>
        {
            opened = new ParquetFile(path, ParquetReader.CreateAsync(path).GetAwaiter().GetResult());
            _ = opened.Fields; // which are decoded only now
            return opened;
        });
        if (file is null) opened?.Dispose();
        return file ?? throw new InvalidDataException($"'{path}' {problem}.");
    }

    public ParquetRowGroupReader Group(int number) => reader.OpenRowGroupReader(number);

    /// <summary>Runs the reader. Damaged bytes make it throw exceptions of many kinds.</summary>
    /// <returns>The result, or what is wrong as the end of a sentence.</returns>
    public static (T? Result, string? Problem) Guarded<T>(string path, Func<T> read)
        where T : class
    {
        try
        {
            return (read(), null);
        }
        catch (InvalidDataException e)
        {
            return (null, $"cannot be read: {e.Message.TrimEnd('.')}");
        }
        catch (Exception e) when (e is not (OperationCanceledException or FileNotFoundException or UnauthorizedAccessException))
        {
            string kind = e.GetType().Name;
            return (null, $"is damaged, or not a Parquet file that is read here ({kind}). Write it anew, or fetch it once more");
        }
    }

    /// <summary>The names of a column's classes in the metadata that Hugging Face's data sets have; null where there are none.</summary>
    public IReadOnlyList<string>? ClassNames(string column)
    {
        if (reader.CustomMetadata is not { } metadata || !metadata.TryGetValue("huggingface", out string? text)) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            if (!Step(json.RootElement, "info", out JsonElement at) || !Step(at, "features", out at) || !Step(at, column, out at))
                return null;
            if (Step(at, "feature", out JsonElement inner)) at = inner; // of a list of classes
            return Step(at, "names", out JsonElement names) && names.ValueKind == JsonValueKind.Array
                ? [.. names.EnumerateArray().Select(name => name.GetString() ?? throw new JsonException())]
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"The metadata 'huggingface' of '{Path}' are not JSON as Hugging Face's data sets have them. Write the file anew.");
        }

        static bool Step(JsonElement from, string key, out JsonElement to)
        {
            to = default;
            return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(key, out to);
        }
    }

    public void Dispose() => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static void RequireWhole(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[MagicLength], end = stackalloc byte[LengthLength + MagicLength];
        if (file.ReadAtLeast(magic, MagicLength, throwOnEndOfStream: false) < MagicLength || !magic.SequenceEqual("PAR1"u8))
            throw new InvalidDataException($"'{path}' is not a Parquet file: it does not start as one.");
        file.Position = Math.Max(0, file.Length - end.Length);
        file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        uint footer = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (!end[LengthLength..].SequenceEqual("PAR1"u8) || footer > file.Length - MagicLength - end.Length)
            throw new InvalidDataException(
                $"'{path}' is cut off: it starts as a Parquet file and does not end as one. Fetch it once more.");
    }
}
