using System.IO.Compression;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The zip that ML.NET saves a model as, as far as a featurizer's network is to be found in it.</summary>
internal sealed class ModelArchive : IDisposable
{
    /// <summary>The folder of the model, which is a chain of transformers.</summary>
    public const string Root = "TransformerChain";

    // Four times the largest backbone's; what decompresses to more is no backbone.
    private const long NetworkLimit = 1_000_000_000;

    private readonly ZipArchive zip;
    private readonly string path;

    private ModelArchive(ZipArchive zip, string path)
    {
        this.zip = zip;
        this.path = path;
    }

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no model that ML.NET saved.</exception>
    public static ModelArchive Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"The model '{path}' does not exist. `resnet-mlnet train FOLDER` makes one.", path);
        }

        ZipArchive zip;
        try
        {
            zip = ZipFile.OpenRead(path);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidDataException($"'{path}' is no ML.NET model: it is no zip file, or a truncated one.", failure);
        }

        ModelArchive archive = new(zip, path);
        try
        {
            archive.Check();
            return archive;
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>The folder of one of a chain's transformers.</summary>
    public static string Child(string folder, int index) => $"{folder}/Transform_{index:000}";

    /// <summary>The network of the ONNX transformer that was saved in that folder.</summary>
    /// <exception cref="InvalidDataException">It is not there, or damaged.</exception>
    public byte[] ReadNetwork(string folder)
    {
        ZipArchiveEntry entry = zip.Entries.FirstOrDefault(e => Name(e) == $"{folder}/OnnxModel")
            ?? throw new InvalidDataException($"'{path}' has no network in '{folder}'. Save the model again.");
        using BinaryReader reader = new(entry.Open());

        // ML.NET writes the length before the bytes.
        int length = reader.ReadInt32();
        return length == entry.Length - sizeof(int)
            ? reader.ReadBytes(length)
            : throw new InvalidDataException($"'{path}' has a damaged network in '{folder}'. Save the model again.");
    }

    public void Dispose() => zip.Dispose();

    private void Check()
    {
        if (!zip.Entries.Any(entry => Name(entry) == $"{Root}/Model.key"))
        {
            throw new InvalidDataException($"'{path}' is a zip file, but no ML.NET model: it has no '{Root}/Model.key'.");
        }

        ZipArchiveEntry? large = zip.Entries.FirstOrDefault(
            entry => Name(entry).EndsWith("/OnnxModel", StringComparison.Ordinal) && entry.Length > NetworkLimit);
        if (large is not null)
        {
            throw new InvalidDataException(
                $"'{path}' says that its network has {large.Length / 1_000_000} megabytes; the limit is {NetworkLimit / 1_000_000}.");
        }
    }

    private static string Name(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');
}
