using System.Buffers.Binary;
using System.Numerics;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// What torch.save wrote before PyTorch 1.6: five pickles (a magic number, the protocol, the machine, the object, the storages' keys),
/// then each storage as a count (8 bytes) and its elements.
/// </summary>
internal static class TorchStream
{
    private const long Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse(
        "119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a file that starts so is a pickle of protocol 2 or later.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head) => head is [0x80, >= 2 and <= 5, ..];

    /// <summary>Reads the state_dict.</summary>
    /// <exception cref="FormatException">The file is damaged, or holds something else; the message says what.</exception>
    public static IReadOnlyList<StoredWeights> Read(Stream file)
    {
        byte[] head = new byte[Math.Min(file.Length, PickleMachine.LengthLimit)];
        file.ReadExactly(head);
        var pickles = new PickleMachine(head);
        if (pickles.Load() is not BigInteger magic || magic != Magic)
            throw new FormatException("it is a pickle, and not one of torch.save; save the network's state_dict() with torch.save");
        if (pickles.Load() is not Protocol) throw new FormatException($"its protocol is another than {Protocol}");
        if (pickles.Load() is PickleDictionary machine && machine.Named().Any(entry => entry is { Key: "little_endian", Value: false }))
            throw new FormatException("it was saved on a big-endian machine; save it on a little-endian one");
        IReadOnlyList<StateDict> found = StateDict.Find(pickles.Load());
        if (pickles.Load() is not List<object?> keys) throw new FormatException("it has no list of storages");

        Dictionary<string, long> places = Locate(file, pickles.Position, keys, pickles.Storages);
        return StateDict.Read(found, file.Length, storage =>
        {
            if (!places.TryGetValue(storage.Key, out long place)) throw new FormatException($"its list of storages lacks '{storage.Key}'");
            file.Position = place;
            return StoredTensor.Read(file, file.Length - place, storage.Type, [storage.Count]);
        });
    }

    /// <summary>Where the elements of each storage start.</summary>
    private static Dictionary<string, long> Locate(
        Stream file, long start, List<object?> keys, Dictionary<string, StorageReference> storages)
    {
        var places = new Dictionary<string, long>();
        Span<byte> length = stackalloc byte[sizeof(long)];
        file.Position = start;
        foreach (object? key in keys)
        {
            // Other keys are not shown: a whole number can have millions of digits.
            if (key is not string name) throw new FormatException("its list of storages has a key that is not a text");
            if (!storages.TryGetValue(name, out StorageReference? storage))
                throw new FormatException($"its list of storages has '{DisplayText.Of(name)}', which no tensor uses");
            file.ReadExactly(length);
            long count = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (count != storage.Count) throw new FormatException($"storage '{name}' has {count} elements in place of {storage.Count}");
            if (count > (file.Length - file.Position) / storage.Type.Size)
                throw new FormatException(
                    $"storage '{name}' takes {(Int128)count * storage.Type.Size} bytes, and {file.Length - file.Position} are left");
            if (!places.TryAdd(name, file.Position)) throw new FormatException($"its list of storages has '{name}' twice");
            file.Position += count * storage.Type.Size;
        }
        return places;
    }
}
