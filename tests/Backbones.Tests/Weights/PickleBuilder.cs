using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ResNetMLNet.Backbones.Weights;

namespace Backbones.Tests.Weights;

/// <summary>
/// Writes pickles by hand, opcode by opcode, and puts them into PyTorch's zip format: what torch.save would never write can be tested.
/// </summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream bytes = new();

    public PickleBuilder() => Raw(0x80, 2);

    public PickleBuilder Raw(params ReadOnlySpan<byte> opcodes)
    {
        bytes.Write(opcodes);
        return this;
    }

    public PickleBuilder Raw(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleBuilder Text(string text)
    {
        byte[] length = new byte[4];
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Raw("X").Raw(length).Raw(utf8);
    }

    public PickleBuilder Global(string module, string name) => Raw($"c{module}\n{name}\n");

    public PickleBuilder Integer(long value)
    {
        byte[] integer = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(integer, value);
        return Raw(0x8a, 8).Raw(integer);
    }

    public PickleBuilder Integers(params long[] values)
    {
        Raw("(");
        foreach (long value in values) Integer(value);
        return Raw("t");
    }

    /// <summary>A tensor of floats in a storage.</summary>
    public PickleBuilder Tensor(long storageCount, long offset, long[] shape, long[] strides, string key = "0") =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw("((").Text("storage").Global("torch", "FloatStorage").Text(key).Text("cpu")
            .Integer(storageCount).Raw("tQ")
            .Integer(offset).Integers(shape).Integers(strides).Raw(0x89).Raw("}tR");

    public byte[] ToArray() => [.. bytes.ToArray(), (byte)'.'];

    /// <summary>The zip file with this pickle and storages '0', '1' and so on.</summary>
    public byte[] ToZip(params float[][] storages) => Zip(
        CompressionLevel.NoCompression,
        [("x/data.pkl", ToArray()), .. storages.Select(
            (storage, key) => ($"x/data/{key}", storage.SelectMany(BitConverter.GetBytes).ToArray()))]);

    public static byte[] Zip(CompressionLevel compression, params ReadOnlySpan<(string Name, byte[] Bytes)> entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = zip.CreateEntry(name, compression).Open();
                entry.Write(bytes);
            }
        }
        return file.ToArray();
    }

    public static WeightSet Load(byte[] file) => WeightsFile.Load(new MemoryStream(file), "x.pth");

    /// <summary>Why the file is refused.</summary>
    public static string Refusal(byte[] file)
    {
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Load(file)).Message;
        StringAssert.StartsWith(message, "'x.pth' is not a valid PyTorch file: ");
        return message["'x.pth' is not a valid PyTorch file: ".Length..];
    }
}
