using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// Writes what torch.load reads, also with <c>weights_only=True</c>: an OrderedDict of tensors in the zip format of PyTorch 1.6 and later.
/// </summary>
internal static class TorchZipWriter
{
    // torch.save's own name for a file that is not named.
    private const string Folder = "archive";

    public static void Write(Stream file, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        Add("data.pkl", Pickle(tensors));
        Add("byteorder", "little"u8);
        foreach ((int key, Tensor tensor) in tensors.Values.Index())
        {
            using Stream entry = Open($"data/{key}");
            StoredTensor.Write(entry, tensor);
        }
        Add("version", "3\n"u8);

        void Add(string name, ReadOnlySpan<byte> bytes)
        {
            using Stream entry = Open(name);
            entry.Write(bytes);
        }

        Stream Open(string name) => zip.CreateEntry($"{Folder}/{name}", CompressionLevel.NoCompression).Open();
    }

    // Protocol 2, with the opcodes that torch.save uses (pickletools.py).
    private static byte[] Pickle(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var buffer = new MemoryStream();
        Raw([0x80, 2]);
        OrderedDict();
        Raw("("u8);
        foreach ((int key, (string name, Tensor tensor)) in tensors.Index())
        {
            Text(name);
            Global("torch._utils", "_rebuild_tensor_v2");
            Raw("(("u8);
            Text("storage");
            Global("torch", ElementType.Of(tensor).Storage);
            Text($"{key}");
            Text("cpu");
            Integer(tensor.numel());
            Raw("tQ"u8);
            Integer(0);
            Integers(tensor.shape);
            Integers(DenseStrides(tensor.shape));
            // requires_grad; OrderedDict of hooks.
            Raw([0x89]);
            OrderedDict();
            Raw("tR"u8);
        }
        Raw("u."u8);
        return buffer.ToArray();

        void Raw(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        void Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

        void OrderedDict()
        {
            Global("collections", "OrderedDict");
            Raw(")R"u8);
        }

        void Text(string text)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            Raw("X"u8);
            Raw(length);
            Raw(utf8);
        }

        // LONG1, eight bytes.
        void Integer(long value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            Raw([0x8a, sizeof(long)]);
            Raw(bytes);
        }

        void Integers(long[] values)
        {
            Raw("("u8);
            foreach (long value in values) Integer(value);
            Raw("t"u8);
        }
    }

    private static long[] DenseStrides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(1, shape[i]);
        }
        return strides;
    }
}
