using System.Numerics;
using System.Runtime.InteropServices;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// Reads Python's pickles (protocols 2 to 5) as far as weights need them: a stack machine that makes plain values and calls nothing but
/// the table of <see cref="PickleGlobal"/>. What its values take is counted, and nothing is walked recursively, so a pickle that was made
/// to exhaust memory, time or stack cannot.
/// </summary>
/// <remarks>
/// One reader for the zip files and for the stream of before PyTorch 1.6; TorchSharp.PyBridge refuses the stream, and does not say what is
/// wrong.
/// </remarks>
internal sealed class PickleMachine(ReadOnlyMemory<byte> pickle)
{
    /// <summary>Longer pickles are refused. The largest network's has 1 MB, its optimizer's as much.</summary>
    public const int LengthLimit = 16 << 20;

    // What the values of a pickle may take: a byte of it can become fifty. The largest network with its average and optimizer takes 15 MB.
    private const long MemoryLimit = 160 << 20;

    // About what these take: an object and its place on the stack, a place in a growing list or dictionary, a tensor's reference.
    private const int ValueBytes = 40, PlaceBytes = 40, ReferenceBytes = 250, MarkBytes = 12;

    // torch.nn.Module has its parameters among the first of them.
    private const int ModuleAttributes = 16;

    private readonly PickleBytes bytes = new(pickle);
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private long spent;

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
            // Bytes are of no use here, and are not kept.
            case (byte)'B': Skip(bytes.UInt32()); break;
            case (byte)'C': Skip(bytes.Byte()); break;
            case 0x8e or 0x96: Skip(bytes.Int64()); break;

            case (byte)'(': Mark(); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'q': Keep(bytes.Byte()); break;
            case (byte)'r': Keep(bytes.UInt32()); break;
            case 0x94: Keep(memo.Count); break;
            case (byte)'h': Push(Recall(bytes.Byte())); break;
            case (byte)'j': Push(Recall(bytes.UInt32())); break;

            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(new[] { Pop() }); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'t': Push(PopToMark()); break;
            case (byte)']' or 0x8f: Push(new List<object?>()); break;
            case (byte)'l' or 0x91: Push(new List<object?>(PopToMark())); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)'d': Push(new PickleDictionary(), PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'c': PushGlobal([bytes.Line(), bytes.Line()]); break;
            case 0x93: PushGlobal(PopMany(2)); break;
            case (byte)'R' or 0x81: Call(PopMany(2)); break;
            case 0x92: Call(PopMany(3)[..2]); break; // NEWOBJ_EX: class, arguments, named arguments.
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

    private void Skip(long count)
    {
        bytes.Take(count);
        Push(Array.Empty<byte>());
    }

    private void Push(object? value)
    {
        Spend(ValueBytes + (value is object?[] tuple ? 8 * tuple.Length : 0));
        stack.Add(value);
    }

    private void Push(PickleDictionary dictionary, object?[] items)
    {
        Push(dictionary);
        SetItems(items);
    }

    private void Mark()
    {
        Spend(MarkBytes);
        marks.Push(stack.Count);
    }

    private void Keep(long index)
    {
        if (memo.TryAdd(index, Top())) Spend(PlaceBytes);
        else memo[index] = Top();
    }

    private void Spend(int count)
    {
        if ((spent += count) > MemoryLimit) throw new FormatException("its pickle has more values than any network's weights");
    }

    private object? Top() => stack.Count > 0 ? stack[^1] : throw Underflow();

    private object? Pop()
    {
        object? top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

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

    private void Append(object?[] items)
    {
        switch (Top())
        {
            case List<object?> list:
                Spend(items.Length * PlaceBytes / 2);
                list.AddRange(items);
                break;
            case PickleInert: break;
            default: throw Misused("appends to something that is not a list");
        }
    }

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0) throw Misused("has a key without a value");
        switch (Top())
        {
            case PickleDictionary dictionary:
                Spend(items.Length * PlaceBytes);
                for (int i = 0; i < items.Length; i += 2) dictionary.Add(items[i], items[i + 1]);
                break;
            case PickleInert: break;
            default: throw Misused("sets entries of something that is not a dictionary");
        }
    }

    private void PushGlobal(object?[] names)
    {
        if (names is not [string { Length: <= PickleBytes.LineLimit } module, string { Length: <= PickleBytes.LineLimit } name])
            throw Misused("has a global whose name is not a short text");
        Spend(ReferenceBytes);
        Push(PickleGlobal.Find(module, name));
    }

    private void PushStorage(object reference)
    {
        Spend(ReferenceBytes);
        if (reference is StorageReference storage)
        {
            StorageReference first = CollectionsMarshal.GetValueRefOrAddDefault(Storages, storage.Key, out _) ??= storage;
            // What is checked once is then what is read.
            if (first.Type != storage.Type || first.Count != storage.Count)
                throw new FormatException($"storage '{storage.Key}' is described in two ways");
        }
        Push(reference);
    }

    /// <summary>Makes what is known here; an object of any other type is inert.</summary>
    private void Call(object?[] functionAndArguments)
    {
        Spend(ReferenceBytes);
        Push(functionAndArguments switch
        {
            [PickleGlobal { Call: { } call }, object?[] arguments] => call(arguments),
            [PickleGlobal global, object?[]] => new PickleInert(global),
            [PickleInert inert, object?[]] => inert,
            _ => throw Misused("calls something that cannot be called"),
        });
    }

    /// <summary>Attributes are forgotten: an OrderedDict's versions of its modules, the arguments of a command.</summary>
    private void Build(object?[] objectAndState)
    {
        if (objectAndState[0] is not (PickleDictionary or PickleInert or TensorReference))
            throw Misused("gives attributes to something that has none");
        if (objectAndState is [PickleInert inert, PickleDictionary state])
            inert.IsModule |= state.Entries.Take(ModuleAttributes).Any(entry => entry.Key is "_parameters");
        Push(objectAndState[0]);
    }

    private FormatException Underflow() => Misused("takes a value where there is none");

    private FormatException Misused(string problem) => new($"its pickle {problem}, at byte {Position}");
}
