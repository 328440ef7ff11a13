using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// What torch.save writes since PyTorch 1.6: a zip file, uncompressed, with <c>NAME/data.pkl</c>, <c>NAME/byteorder</c> and a storage in
/// each <c>NAME/data/KEY</c>.
/// </summary>
internal static class TorchZip
{
    private const string Pickle = "data.pkl";

    public static bool Recognizes(ReadOnlySpan<byte> head) => head.StartsWith("PK\x03\x04"u8);

    /// <summary>Reads the state_dict.</summary>
    /// <exception cref="FormatException">The file is damaged, or holds something else; the message says what.</exception>
    public static Dictionary<string, Tensor> Read(Stream file)
    {
        using ZipArchive zip = Open(file);
        // A name that stands there twice is the last one, as in Python's zipfile.
        var entries = new Dictionary<string, ZipArchiveEntry>();
        foreach (ZipArchiveEntry entry in zip.Entries) entries[entry.FullName] = entry;
        string[] pickles = [.. entries.Keys.Where(name => name == Pickle || name.EndsWith($"/{Pickle}", StringComparison.Ordinal))];
        if (pickles is not [string pickle]) throw new FormatException($"it is a zip file with {pickles.Length} entries '{Pickle}' in place of one");
        string folder = pickle[..^Pickle.Length];
        if (entries.ContainsKey($"{folder}constants.pkl"))
            throw new FormatException("it is a TorchScript archive, a program; save the network's state_dict() with torch.save");

        long free = file.Length;
        RequireLittleEndian(folder);
        object? saved = new PickleMachine(Bytes(Find(pickle), PickleMachine.LengthLimit)).Load();
        return StateDict.Read(StateDict.Find(saved), ReadStorage);

        ZipArchiveEntry Find(string name) =>
            entries.TryGetValue(name, out ZipArchiveEntry? entry) ? entry : throw new FormatException($"its entry '{name}' is missing");

        Tensor ReadStorage(StorageReference storage)
        {
            ZipArchiveEntry entry = Find($"{folder}data/{storage.Key}");
            if (entry.Length != (Int128)storage.Count * storage.Type.Size)
            {
                throw new FormatException(
                    $"its entry '{entry.FullName}' has {entry.Length} bytes in place of {storage.Count} elements of {storage.Type.Size} bytes");
            }
            using Stream elements = Take(entry);
            return StoredTensor.Read(elements, entry.Length, storage.Type, [storage.Count]);
        }

        byte[] Bytes(ZipArchiveEntry entry, int limit)
        {
            if (entry.Length > limit) throw new FormatException($"its entry '{entry.FullName}' has {entry.Length} bytes; the limit is {limit}");
            using Stream stream = Take(entry);
            byte[] bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }

        // Entries that are compressed, or share bytes, would let a small file ask for any amount of memory.
        Stream Take(ZipArchiveEntry entry)
        {
            if (entry.CompressedLength != entry.Length) throw new FormatException($"its entry '{entry.FullName}' is compressed; torch.save does not compress");
            if (entry.Length < 0 || (free -= entry.Length) < 0) throw new FormatException("its entries have more bytes than the file");
            return entry.Open();
        }

        void RequireLittleEndian(string folder)
        {
            if (!entries.TryGetValue($"{folder}byteorder", out ZipArchiveEntry? entry)) return;
            string order = Encoding.Latin1.GetString(Bytes(entry, limit: 16));
            if (order != "little") throw new FormatException($"its byte order is '{order}'; save it on a little-endian machine");
        }
    }

    private static ZipArchive Open(Stream file)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException($"it starts as a zip file and has no sound directory at its end, so it was probably cut short ({e.Message})", e);
        }
    }
}
