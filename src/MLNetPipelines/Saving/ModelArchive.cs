using System.IO.Compression;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The zip that ML.NET saves a model as, read whole and looked at before ML.NET loads anything of it. Sizes are counted while reading, not
/// believed.
/// </summary>
/// <remarks>
/// ML.NET unpacks parts into temporary files, calls itself for parts in parts and loads the assemblies that parts name. A stranger's file
/// is kept from filling the disk, overflowing the stack and loading code; what its parts compute is not looked at. A model is a program:
/// open those you trust.
/// </remarks>
internal sealed class ModelArchive
{
    /// <summary>The folder of the model, which is a chain of transformers.</summary>
    public const string Root = "TransformerChain";

    private const string NetworkName = "OnnxModel";

    // A model of our making has about 30 parts, 6 folders deep.
    private const int PartLimit = 1000, DepthLimit = 16, NameLimit = 400, DirectoryLimit = 1_000_000;

    // Four times the largest backbone's; what unpacks to more is not a backbone.
    private const long NetworkLimit = 1_000_000_000;

    // All other parts together: a linear head of 10,000 classes on 2048 features takes 82 MB.
    private const long OtherLimit = 250_000_000;

    // Deflate packs 1000 zeros into a byte. Weights hardly shrink; small parts are mostly zeros and may.
    private const long RatioLimit = 50, RatioFrom = 16_000_000;

    private readonly Dictionary<string, byte[]> parts = [];
    private readonly Dictionary<string, ModelProto> networks = [];
    private readonly string path;
    private long networkBytes, otherBytes;

    private ModelArchive(string path) => this.path = path;

    private string ShownPath => DisplayText.Of(path, limit: 300);

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a model that ML.NET saved, or exceeds a limit.</exception>
    public static ModelArchive Open(string path)
    {
        if (Directory.Exists(path))
            throw new FileNotFoundException($"'{DisplayText.Of(path, 300)}' is a folder. Name the model in it, such as its 'model.zip'.", path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"The model '{DisplayText.Of(path, 300)}' does not exist. `resnet-mlnet train FOLDER` makes one.", path);
        }

        ModelArchive archive = new(path);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            archive.Read(file);
            return archive;
        }
        catch (Exception failure) when (failure is OverflowException or NotSupportedException)
        {
            throw archive.NotZip(failure); // sizes in the zip that no zip has
        }
    }

    /// <summary>The folder of one of a chain's transformers.</summary>
    public static string Child(string folder, int index) => $"{folder}/Transform_{index:000}";

    /// <summary>The networks of ONNX transformers, which <see cref="OnnxGuard"/> has passed, by the folders that they were saved in.</summary>
    public IReadOnlyDictionary<string, ModelProto> Networks =>
        networks.ToDictionary(network => network.Key[..^(NetworkName.Length + 1)], network => network.Value);

    /// <summary>Whether a part is the network of an ONNX transformer.</summary>
    public static bool IsNetwork(string name) => name.EndsWith($"/{NetworkName}", StringComparison.Ordinal);

    /// <summary>
    /// The model for ML.NET to load. Its networks are left out, an empty one stands for each: ML.NET would write them into files and open
    /// them only for <c>LoadImageModel</c> to open them again.
    /// </summary>
    public MemoryStream WithoutNetworks()
    {
        MemoryStream content = new();
        using (ZipArchive zip = new(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] part) in parts)
            {
                using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(part);
            }

            foreach (string name in networks.Keys)
            {
                using BinaryWriter writer = new(zip.CreateEntry(name, CompressionLevel.NoCompression).Open());
                writer.Write(StandInNetwork.Bytes.Length);
                writer.Write(StandInNetwork.Bytes);
            }
        }

        content.Position = 0;
        return content;
    }

    private void Read(FileStream file)
    {
        CheckDirectory(file);
        using ZipArchive zip = OpenZip(file);
        HashSet<string> names = [];
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            if (names.Count == PartLimit) throw Exceeds($"has more than {PartLimit} parts");
            if (name.Length > NameLimit || name.Count(c => c == '/') >= DepthLimit)
                throw Exceeds($"nests parts more than {DepthLimit} folders deep");
            if (name.Split('/').Any(folder => folder is "" or "." or "..") || !names.Add(name))
                throw Exceeds($"has a part named '{DisplayText.Of(name)}', which ML.NET does not write");
        }

        if (!names.Contains($"{Root}/{ModelPart.FileName}"))
            throw new InvalidDataException(
                $"'{ShownPath}' is a zip file, but not an ML.NET model: it has no '{Root}/{ModelPart.FileName}'.");
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            byte[] part = Unpack(entry, name);
            if (IsNetwork(name))
            {
                networks.Add(name, ReadNetwork(part, name));
                continue;
            }

            if (ModelPart.Flaw(name, part) is string flaw) throw Exceeds($"has a part '{DisplayText.Of(name)}' {flaw}");
            parts.Add(name, part);
        }
    }

    private ModelProto ReadNetwork(byte[] part, string name)
    {
        ModelProto network = OnnxGuard.Read(NetworkBytes(part, name), ShownPath);
        if (!SavedSignature.IsIn(network))
            throw Exceeds(
                $"has a network in '{DisplayText.Of(name)}' that ResNetMLNet did not save (a model that you trust can be loaded with "
                + $"mlContext.Model.Load)");
        return network;
    }

    private ZipArchive OpenZip(FileStream file)
    {
        try
        {
            ZipArchive zip = new(file, ZipArchiveMode.Read);
            _ = zip.Entries;
            return zip;
        }
        catch (InvalidDataException failure)
        {
            throw NotZip(failure);
        }
    }

    /// <summary>
    /// .NET lists every entry before it looks at their number: what lies between the list's start and its end is looked at first.
    /// </summary>
    private void CheckDirectory(FileStream file)
    {
        const int recordLength = 22, longestComment = ushort.MaxValue, startOffset = 16;
        byte[] tail = new byte[Math.Min(file.Length, recordLength + longestComment)];
        file.Seek(-tail.Length, SeekOrigin.End);
        file.ReadExactly(tail);
        file.Position = 0;
        int record = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (record < 0 || tail.Length - record < recordLength) throw NotZip(null);
        long start = BitConverter.ToUInt32(tail, record + startOffset);
        if (start == uint.MaxValue || file.Length - tail.Length + record - start > DirectoryLimit)
            throw Exceeds($"has more than {PartLimit} parts");
    }

    private byte[] Unpack(ZipArchiveEntry entry, string name)
    {
        bool network = IsNetwork(name);
        long limit = network ? NetworkLimit - networkBytes : OtherLimit - otherBytes;
        if (entry.Length > limit)
        {
            throw Exceeds(network
                ? $"says that its network has {entry.Length / 1_000_000} megabytes; the limit is {NetworkLimit / 1_000_000}"
                : $"unpacks to more than {OtherLimit / 1_000_000} megabytes beside its network");
        }

        if (entry.Length > RatioFrom && entry.Length / RatioLimit > entry.CompressedLength)
            throw Exceeds($"has a part '{DisplayText.Of(name)}' that unpacks to more than {RatioLimit} times its size");
        try
        {
            byte[] part = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(part);
            if (stream.ReadByte() >= 0) throw new InvalidDataException("It unpacks to more than it says.");
            if (network) networkBytes += part.Length;
            else otherBytes += part.Length;
            return part;
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException(
                $"'{ShownPath}' is damaged: its part '{DisplayText.Of(name)}' does not unpack to the bytes that it announces.", failure);
        }
    }

    // ML.NET writes the length before the bytes.
    private ReadOnlyMemory<byte> NetworkBytes(byte[] part, string name) =>
        part.Length >= sizeof(int) && BitConverter.ToInt32(part) == part.Length - sizeof(int)
            ? part.AsMemory(sizeof(int))
            : throw new InvalidDataException($"'{ShownPath}' has a damaged network in '{DisplayText.Of(name)}'. Save the model again.");

    private InvalidDataException NotZip(Exception? failure) =>
        new($"'{ShownPath}' is not an ML.NET model: it is not a zip file, or a truncated one.", failure);

    private InvalidDataException Exceeds(string what) => new($"'{ShownPath}' is not a model to load: it {what}.");
}
