using System.Text;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// What TorchSharp's <c>Module.save</c> writes (its article "Saving and Restoring Model Weights and Buffers", and exportsd.py): how many
/// tensors, then for each the name's length and the name, the type, the number of dimensions, the dimensions, and the elements.
/// Numbers are LEB128.
/// </summary>
internal static class TorchSharpCheckpoint
{
    /// <summary>Whether a file that starts so can be of this format: its first tensor has a name that a module can have.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head)
    {
        using var start = new MemoryStream(head.ToArray());
        try
        {
            if (ReadNumber(start) == 0) return false;
            string name = ReadName(start);
            return name.Length > 1 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_');
        }
        catch (Exception e) when (e is FormatException or EndOfStreamException)
        {
            return false;
        }
    }

    /// <summary>Reads every tensor.</summary>
    /// <exception cref="FormatException">The file is damaged; the message says where.</exception>
    public static IReadOnlyList<StoredWeights> Read(Stream file) =>
    [
        new StoredWeights(TensorCollection.Of(tensors =>
        {
            for (long left = ReadNumber(file); left > 0; left--)
            {
                string name = ReadName(file);
                tensors.Add(name, () => ReadTensor(file, name));
            }
            if (file.Position < file.Length) throw new FormatException($"{file.Length - file.Position} bytes follow the last tensor");
        })),
    ];

    private static Tensor ReadTensor(Stream file, string name)
    {
        long number = ReadNumber(file);
        ElementType type = ElementType.All.FirstOrDefault(known => (long)known.Type == number)
            ?? throw new FormatException(
                $"tensor '{DisplayText.Of(name)}' has type {number}; " +
                $"{string.Join(", ", ElementType.All.Select(known => $"{(int)known.Type} ({known.Type})"))} are known");
        long dimensions = ReadNumber(file);
        if (dimensions > file.Length - file.Position)
            throw new FormatException($"tensor '{DisplayText.Of(name)}' has {dimensions} dimensions");
        long[] shape = new long[dimensions];
        for (int i = 0; i < shape.Length; i++) shape[i] = ReadNumber(file);
        try
        {
            return StoredTensor.Read(file, file.Length - file.Position, type, shape);
        }
        catch (FormatException e)
        {
            throw new FormatException($"tensor '{DisplayText.Of(name)}': {e.Message}", e);
        }
    }

    private static string ReadName(Stream file)
    {
        long length = ReadNumber(file);
        if (length > TensorCollection.NameLimit)
            throw new FormatException($"a tensor's name has {length} bytes; the limit is {TensorCollection.NameLimit}");
        byte[] name = new byte[length];
        file.ReadExactly(name);
        return Encoding.UTF8.GetString(name);
    }

    private static long ReadNumber(Stream file)
    {
        long number = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            int part = file.ReadByte();
            if (part < 0) throw new EndOfStreamException();
            number |= (long)(part & 0x7f) << shift;
            if (part < 0x80) return number;
        }
        throw new FormatException("a number is longer than 63 bits");
    }
}
