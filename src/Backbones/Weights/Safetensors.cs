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
    public static Dictionary<string, Tensor> Read(Stream file)
    {
        using JsonDocument header = ReadHeader(file);
        long dataStart = file.Position, free = file.Length - dataStart;
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach (JsonProperty property in header.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__") continue;
                Entry entry = Entry.Parse(property, file.Length - dataStart);
                // Tensors that share bytes would let a small file ask for any amount of memory; the format forbids them.
                if ((free -= entry.Bytes) < 0) throw new FormatException($"tensor '{entry.Name}' overlaps another");
                file.Position = dataStart + entry.Start;
                if (!tensors.TryAdd(entry.Name, StoredTensor.Read(file, entry.Bytes, entry.Type, entry.Shape)))
                    throw new FormatException($"tensor '{entry.Name}' stands there twice");
            }
            return tensors;
        }
        catch (Exception e)
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            // What System.Text.Json throws for a value of another kind, and for one that is not there.
            if (e is InvalidOperationException or KeyNotFoundException) throw new FormatException(e.Message, e);
            throw;
        }
    }

    /// <summary>Writes tensors so that every reader of the format takes them: the larger elements first, for alignment, and then by name.</summary>
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

    private static JsonDocument ReadHeader(Stream file)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        file.ReadExactly(length);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerLength > (ulong)Math.Min(HeaderLimit, file.Length - LengthBytes))
            throw new FormatException($"it announces a header of {headerLength} bytes and has {file.Length} in all");
        byte[] header = new byte[headerLength];
        file.ReadExactly(header);
        try
        {
            return JsonDocument.Parse(header);
        }
        catch (JsonException e)
        {
            throw new FormatException($"its header is no JSON: {e.Message}", e);
        }
    }

    private sealed record Entry(string Name, ElementType Type, long[] Shape, long Start, long Bytes)
    {
        public static Entry Parse(JsonProperty entry, long available)
        {
            string name = entry.Name;
            string? typeName = entry.Value.GetProperty("dtype").GetString();
            ElementType type = ElementType.All.FirstOrDefault(known => known.Safetensors == typeName)
                ?? throw new FormatException(
                    $"tensor '{name}' has type {typeName}; {string.Join(", ", ElementType.All.Select(known => known.Safetensors))} are known");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            if (offsets is not [long start, long end] || start < 0 || end < start || end > available)
                throw new FormatException($"tensor '{name}' lies at [{string.Join(", ", offsets)}], and the file has {available} bytes of data");
            if (StoredTensor.Count(shape) * (Int128)type.Size != end - start)
                throw new FormatException($"tensor '{name}' of shape [{string.Join(", ", shape)}] has {end - start} bytes");
            return new Entry(name, type, shape, start, end - start);
        }
    }
}
