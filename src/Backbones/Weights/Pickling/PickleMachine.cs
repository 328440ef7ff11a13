using System.Numerics;
using System.Runtime.InteropServices;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// Reads Python's pickles (protocols 2 to 5) as far as weights need them: a stack machine that makes plain values and calls nothing but
/// the table of <see cref="PickleGlobal"/>. A value costs at least a byte of the file, and nothing is walked recursively, so a pickle
/// that was made to exhaust memory, time or stack cannot.
/// </summary>
/// <remarks>One reader for the zip files and for the stream of before PyTorch 1.6; TorchSharp.PyBridge refuses the stream, and does not say what is wrong.</remarks>
internal sealed class PickleMachine(ReadOnlyMemory<byte> pickle)
{
    /// <summary>Longer pickles are refused: a value takes some fifty times its bytes here. The largest network's has 1 MB, its optimizer's as much.</summary>
    public const int LengthLimit = 16 << 20;

    private readonly PickleBytes bytes = new(pickle);
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];

    /// <summary>How many bytes were read.</summary>
    public int Position => bytes.Position;

    /// <summary>Every storage that the pickles referred to, by its key.</summary>
    public Dictionary<string, StorageReference> Storages { get; } = [];

    /// <summary>Reads one pickle. Another may follow.</summary>
    /// <exception cref="FormatException">It is damaged, or has something that no weights need; the message says what.</exception>
    public object? Load()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        while (true)
        {
            byte opcode = bytes.Byte();
            if (opcode == '.') return Pop();
            Execute(opcode);
        }
    }

    // The letters are those of pickletools.py, where every opcode is described.
    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: RequireProtocol(bytes.Byte()); break;
            case 0x95: bytes.Int64(); break; // FRAME: how many bytes belong together, for readers that fetch them at once.

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)bytes.Int32()); break;
            case (byte)'K': Push((long)bytes.Byte()); break;
            case (byte)'M': Push((long)bytes.UInt16()); break;
            case 0x8a: PushInteger(bytes.Byte()); break;
            case 0x8b: PushInteger(bytes.Int32()); break;
            case (byte)'G': Push(bytes.Float64()); break;

            case (byte)'X': Push(bytes.Utf8(bytes.UInt32())); break;
            case 0x8c: Push(bytes.Utf8(bytes.Byte())); break;
            case 0x8d: Push(bytes.Utf8(bytes.Int64())); break;
            case (byte)'T': Push(bytes.Latin1(bytes.Int32())); break;
            case (byte)'U': Push(bytes.Latin1(bytes.Byte())); break;
            case (byte)'B': Push(bytes.Take(bytes.UInt32()).ToArray()); break;
            case (byte)'C': Push(bytes.Take(bytes.Byte()).ToArray()); break;
            case 0x8e: Push(bytes.Take(bytes.Int64()).ToArray()); break;

            case (byte)'(': marks.Push(stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'q': memo[bytes.Byte()] = Top(); break;
            case (byte)'r': memo[bytes.UInt32()] = Top(); break;
            case 0x94: memo[memo.Count] = Top(); break;
            case (byte)'h': Push(Recall(bytes.Byte())); break;
            case (byte)'j': Push(Recall(bytes.UInt32())); break;

            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(new[] { Pop() }); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'t': Push(PopToMark()); break;
            case (byte)']' or 0x8f: Push(new List<object?>()); break;
            case (byte)'l': Push(new List<object?>(PopToMark())); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)'d': Push(new PickleDictionary(), PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'c': Push(PickleGlobal.Find(bytes.Line(), bytes.Line())); break;
            case 0x93: PushGlobal(PopMany(2)); break;
            case (byte)'R' or 0x81: Call(PopMany(2)); break;
            case (byte)'b': Build(PopMany(2)); break;
            case (byte)'Q': PushStorage(StorageReference.Parse(Pop())); break;

            default: throw new FormatException($"its pickle has the opcode 0x{opcode:x2} at byte {Position - 1}, which no weights need");
        }
    }

    private static void RequireProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5) throw new FormatException($"its pickle is of protocol {protocol}; 2 to 5 are known");
    }

    private void PushInteger(long byteCount)
    {
        var integer = new BigInteger(bytes.Take(byteCount));
        if (byteCount > sizeof(long)) Push(integer);
        else Push((long)integer);
    }

    private void Push(object? value) => stack.Add(value);

    private void Push(PickleDictionary dictionary, object?[] items)
    {
        Push(dictionary);
        SetItems(items);
    }

    private object? Top() => stack.Count > 0 ? stack[^1] : throw Underflow();

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        if (stack.Count < count) throw Underflow();
        return PopFrom(stack.Count - count);
    }

    private object?[] PopToMark() => marks.TryPop(out int mark) && mark <= stack.Count ? PopFrom(mark) : throw Underflow();

    private object?[] PopFrom(int start)
    {
        object?[] popped = CollectionsMarshal.AsSpan(stack)[start..].ToArray();
        stack.RemoveRange(start, popped.Length);
        return popped;
    }

    private object? Recall(long index) =>
        memo.TryGetValue(index, out object? value) ? value : throw Misused($"recalls value {index}, which it has not kept");

    private void Append(object?[] items) =>
        (Top() as List<object?> ?? throw Misused("appends to something that is no list")).AddRange(items);

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0) throw Misused("has a key without a value");
        PickleDictionary dictionary = Top() as PickleDictionary ?? throw Misused("sets entries of something that is no dictionary");
        for (int i = 0; i < items.Length; i += 2) dictionary.Entries.Add(new(items[i], items[i + 1]));
    }

    private void PushGlobal(object?[] names) =>
        Push(names is [string module, string name] ? PickleGlobal.Find(module, name) : throw Misused("has a global whose name is no text"));

    private void PushStorage(StorageReference storage)
    {
        Storages[storage.Key] = storage;
        Push(storage);
    }

    private void Call(object?[] functionAndArguments) => Push(
        functionAndArguments is [PickleGlobal { Call: { } call }, object?[] arguments] ? call(arguments) : throw Misused("calls something that cannot be called"));

    /// <summary>Attributes are forgotten: an OrderedDict's versions of its modules, the arguments of a command.</summary>
    private void Build(object?[] objectAndState) =>
        Push(objectAndState is [PickleDictionary or PickleInert, _] ? objectAndState[0] : throw Misused("gives attributes to something that has none"));

    private FormatException Underflow() => Misused("takes a value where there is none");

    private FormatException Misused(string problem) => new($"its pickle {problem}, at byte {Position}");
}
