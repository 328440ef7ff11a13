using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// What torch.save writes since PyTorch 1.6: a zip file with <c>NAME/data.pkl</c>, <c>NAME/byteorder</c> and a storage in each
/// <c>NAME/data/KEY</c>. PyTorch compresses none of them; TorchSharp.PyBridge does, and so does whoever zips such a file again.
/// </summary>
internal static class TorchZip
{
    private const string Pickle = "data.pkl";

    // What compressed entries may unpack to. Weights hardly shrink; fresh batch norms and zeros do, and are small.
    private const long FreeUnpackedBytes = 64 << 20;
    private const int UnpackingLimit = 20;

    public static bool Recognizes(ReadOnlySpan<byte> head) => head.StartsWith("PK\x03\x04"u8);

    /// <summary>Reads the state_dict.</summary>
    /// <exception cref="FormatException">The file is damaged, or holds something else; the message says what.</exception>
    public static IReadOnlyList<StoredWeights> Read(Stream file)
    {
        long free = file.Length, freeUnpacked = FreeUnpackedBytes + UnpackingLimit * file.Length;
        using ZipArchive zip = Open(file);
        // A name that appears twice is the last one, as in Python's zipfile.
        var entries = new Dictionary<string, ZipArchiveEntry>();
        foreach (ZipArchiveEntry entry in zip.Entries) entries[entry.FullName] = entry;
        string[] pickles = [.. entries.Keys.Where(name => name == Pickle || name.EndsWith($"/{Pickle}", StringComparison.Ordinal))];
        if (pickles is [] && entries.Values.Where(IsNetwork).ToArray() is [ZipArchiveEntry network]) return ReadNetwork(network);
        if (pickles is not [string pickle])
            throw new FormatException($"it is a zip file with {pickles.Length} entries '{Pickle}' in place of one");
        string folder = pickle[..^Pickle.Length];
        if (entries.ContainsKey($"{folder}constants.pkl"))
            throw new FormatException("it is a TorchScript archive, a program; save the network's state_dict() with torch.save");

        RequireLittleEndian(folder);
        object? saved = new PickleMachine(Bytes(Find(pickle), PickleMachine.LengthLimit)).Load();
        return StateDict.Read(StateDict.Find(saved), file.Length, ReadStorage);

        ZipArchiveEntry Find(string name) =>
            entries.TryGetValue(name, out ZipArchiveEntry? entry)
                ? entry
                : throw new FormatException($"its entry '{DisplayText.Of(name)}' is missing");

        Tensor ReadStorage(StorageReference storage)
        {
            ZipArchiveEntry entry = Find($"{folder}data/{storage.Key}");
            if (entry.Length != (Int128)storage.Count * storage.Type.Size)
            {
                throw new FormatException(
                    $"its entry '{DisplayText.Of(entry.FullName)}' has {entry.Length} bytes in place of {storage.Count} elements of " +
                    $"{storage.Type.Size} bytes");
            }
            using Stream elements = Take(entry);
            return StoredTensor.Read(elements, entry.Length, storage.Type, [storage.Count]);
        }

        byte[] Bytes(ZipArchiveEntry entry, int limit)
        {
            if (entry.Length > limit)
                throw new FormatException($"its entry '{DisplayText.Of(entry.FullName)}' has {entry.Length} bytes; the limit is {limit}");
            using Stream stream = Take(entry);
            byte[] bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }

        // Entries that share bytes, or unpack to much more, would let a small file ask for any amount of memory.
        Stream Take(ZipArchiveEntry entry)
        {
            if (entry.CompressedLength < 0 || (free -= entry.CompressedLength) < 0)
                throw new FormatException("its entries have more bytes than the file");
            if (entry.Length < 0 || (freeUnpacked -= entry.Length) < 0)
                throw new FormatException($"its entries unpack to more than {UnpackingLimit} times the file, as weights do not");
            return entry.Open();
        }

        // ML.NET writes the length before the bytes.
        IReadOnlyList<StoredWeights> ReadNetwork(ZipArchiveEntry entry)
        {
            byte[] bytes = Bytes(entry, Array.MaxLength);
            if (bytes.Length < sizeof(int)) throw new FormatException($"its entry '{DisplayText.Of(entry.FullName)}' is empty");
            return OnnxWeights.Read(new MemoryStream(bytes, sizeof(int), bytes.Length - sizeof(int)));
        }

        void RequireLittleEndian(string folder)
        {
            if (!entries.TryGetValue($"{folder}byteorder", out ZipArchiveEntry? entry)) return;
            string order = Encoding.Latin1.GetString(Bytes(entry, limit: 16));
            if (order != "little")
                throw new FormatException($"its byte order is '{DisplayText.Of(order)}'; save it on a little-endian machine");
        }
    }

    /// <summary>Whether an entry is the ONNX file inside a model that ML.NET saved.</summary>
    private static bool IsNetwork(ZipArchiveEntry entry) =>
        entry.FullName.Replace('\\', '/').EndsWith("/OnnxModel", StringComparison.Ordinal);

    private static ZipArchive Open(Stream file)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException(
                $"it starts as a zip file and has no sound directory at its end, so it was probably cut short ({e.Message})", e);
        }
    }
}
