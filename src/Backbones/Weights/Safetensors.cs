using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// The safetensors format: a length (8 bytes, little-endian), a JSON header of that length, then the tensors' bytes
/// (huggingface/safetensors, "Format"). Every number of the header is checked against the file before anything is allocated by it.
/// </summary>
internal static class Safetensors
{
    // The format's own limit, against headers made to exhaust memory.
    private const long HeaderLimit = 100_000_000;
    private const int LengthBytes = 8;

    /// <summary>Whether a file that starts so is of this format: it has a JSON object after the length.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head) => head.Length > LengthBytes && head[LengthBytes] == '{';

    /// <summary>Reads every tensor.</summary>
    /// <exception cref="FormatException">The file is damaged; the message says where.</exception>
    public static IReadOnlyList<StoredWeights> Read(Stream file)
    {
        byte[] header = ReadHeader(file);
        long dataStart = file.Position;
        IReadOnlyList<SafetensorsEntry> entries = SafetensorsHeader.Parse(header);
        SafetensorsHeader.CheckPlaces(entries, file.Length - dataStart);
        Dictionary<string, Tensor> tensors = TensorCollection.Of(collection =>
        {
            foreach (SafetensorsEntry entry in entries)
            {
                if (entry.Type is not ElementType type) continue;
                file.Position = dataStart + entry.Start;
                collection.Add(entry.Name, () => StoredTensor.Read(file, entry.End - entry.Start, type, entry.Shape));
            }
        });
        return [new StoredWeights(
            "", tensors, entries.Where(entry => entry.Type is null).ToDictionary(entry => entry.Name, entry => entry.TypeName))];
    }

    /// <summary>
    /// Whether a file starts with a sound header, and how many bytes it must have by it: what a download is looked at for.
    /// </summary>
    /// <param name="start">The start of the file; it may end anywhere behind the header.</param>
    /// <exception cref="FormatException">It has no sound header; the message says why.</exception>
    public static long AnnouncedLength(Stream start)
    {
        byte[] head = new byte[Math.Min(LengthBytes + 1, start.Length)];
        start.ReadExactly(head);
        if (!Recognizes(head)) throw new FormatException("it does not start with a header of safetensors");
        start.Position = 0;
        IReadOnlyList<SafetensorsEntry> entries = SafetensorsHeader.Parse(ReadHeader(start));
        return start.Position + entries.Select(entry => entry.End).DefaultIfEmpty().Max();
    }

    /// <summary>
    /// Writes tensors so that every reader of the format takes them: the larger elements first, for alignment, and then by name.
    /// </summary>
    public static void Write(Stream file, IReadOnlyDictionary<string, Tensor> tensors)
    {
        (string Name, Tensor Tensor, ElementType Type)[] entries =
        [
            .. tensors.Select(entry => (Name: entry.Key, Tensor: entry.Value, Type: ElementType.Of(entry.Value)))
                .OrderByDescending(entry => entry.Type.Size).ThenBy(entry => entry.Name, StringComparer.Ordinal),
        ];
        byte[] header = WriteHeader(entries);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        file.Write(header);
        foreach ((_, Tensor tensor, _) in entries) StoredTensor.Write(file, tensor);
    }

    private static byte[] WriteHeader((string Name, Tensor Tensor, ElementType Type)[] entries)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long start = 0;
            foreach ((string name, Tensor tensor, ElementType type) in entries)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Safetensors);
                WriteArray(json, "shape", tensor.shape);
                WriteArray(json, "data_offsets", [start, start += tensor.numel() * type.Size]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces up to a multiple of eight bytes, so that the data is aligned.
        while (buffer.Length % LengthBytes != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (long value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static byte[] ReadHeader(Stream file)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        file.ReadExactly(length);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerLength > (ulong)Math.Min(HeaderLimit, file.Length - LengthBytes))
            throw new FormatException($"it announces a header of {headerLength} bytes and has {file.Length} in all");
        byte[] header = new byte[headerLength];
        file.ReadExactly(header);
        return header;
    }
}
