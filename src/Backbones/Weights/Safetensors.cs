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

    public static WeightSet Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] header = ReadHeader(file, path);
        long dataStart = file.Position;
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(header);
            foreach (JsonProperty entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") continue;
                Entry tensor = Entry.Parse(entry, file.Length - dataStart);
                file.Position = dataStart + tensor.Start;
                if (!tensors.TryAdd(entry.Name, tensor.Read(file))) throw new FormatException($"tensor '{entry.Name}' stands there twice");
            }
            return new WeightSet(tensors, path);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or EndOfStreamException)
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            throw new InvalidDataException($"'{path}' is no sound safetensors file: {e.Message}", e);
        }
    }

    private static byte[] ReadHeader(FileStream file, string path)
    {
        Span<byte> length = stackalloc byte[8];
        if (file.Length < length.Length) throw new InvalidDataException($"'{path}' is no safetensors file: it has {file.Length} bytes.");
        file.ReadExactly(length);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerLength > (ulong)Math.Min(HeaderLimit, file.Length - length.Length))
        {
            throw new InvalidDataException(
                $"'{path}' is no sound safetensors file: it announces a header of {headerLength} bytes and has {file.Length} in all.");
        }
        byte[] header = new byte[headerLength];
        file.ReadExactly(header);
        return header;
    }

    private sealed record Entry(string Name, ScalarType Type, long[] Shape, long Start, int Length)
    {
        public static Entry Parse(JsonProperty entry, long available)
        {
            string name = entry.Name;
            (ScalarType type, int size) = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => (ScalarType.Float32, 4),
                "F16" => (ScalarType.Float16, 2),
                "BF16" => (ScalarType.BFloat16, 2),
                "I64" => (ScalarType.Int64, 8),
                string other => throw new FormatException($"tensor '{name}' has type {other}; F32, F16, BF16 and I64 are known"),
                null => throw new FormatException($"tensor '{name}' has no type"),
            };
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            if (offsets is not [long start, long end] || start < 0 || end < start || end > available)
                throw new FormatException($"tensor '{name}' lies at [{string.Join(", ", offsets)}], and the file has {available} bytes of data");
            if (shape.Any(dimension => dimension < 0) || !Fits(shape, size, end - start))
                throw new FormatException($"tensor '{name}' of shape [{string.Join(", ", shape)}] has {end - start} bytes");
            if (end - start > Array.MaxLength) throw new FormatException($"tensor '{name}' has {end - start} bytes; the limit is {Array.MaxLength}");
            return new Entry(name, type, shape, start, (int)(end - start));
        }

        public Tensor Read(FileStream file)
        {
            Tensor tensor = empty(Shape, Type);
            file.ReadExactly(tensor.bytes);
            return tensor;
        }

        private static bool Fits(long[] shape, int elementSize, long bytes)
        {
            Int128 product = elementSize;
            foreach (long dimension in shape)
            {
                product *= dimension;
                if (product > bytes) return false;
            }
            return product == bytes;
        }
    }
}
