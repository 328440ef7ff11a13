using System.Collections.Frozen;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A name of Python's that a pickle may ask for. None is looked up in any program: what it does here stands beside it.</summary>
internal sealed record PickleGlobal(string Name)
{
    /// <summary>Makes a value of arguments; null where nothing is to be called.</summary>
    public Func<object?[], object?>? Call { get; private init; }

    /// <summary>The elements of a storage class.</summary>
    public ElementType? Storage { get; private init; }

    // Types, devices, numbers and arguments that training scripts save beside the weights.
    private static readonly string[] Inert =
    [
        "torch.float32", "torch.float16", "torch.bfloat16", "torch.float64", "torch.int64", "torch.device",
        "argparse.Namespace", "_codecs.encode", "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
    ];

    private static readonly FrozenDictionary<string, PickleGlobal> Known = new[]
    {
        new("collections.OrderedDict") { Call = Dictionary },
        new("collections.Counter") { Call = _ => new PickleDictionary() },
        new("torch.Size") { Call = Size },
        new("torch._utils._rebuild_tensor") { Call = TensorReference.Rebuild },
        new("torch._utils._rebuild_tensor_v2") { Call = TensorReference.Rebuild },
        new PickleGlobal("torch._utils._rebuild_parameter") { Call = Parameter },
    }
        .Concat(ElementType.All.Select(type => new PickleGlobal($"torch.{type.Storage}") { Storage = type }))
        .Concat(ElementType.All.Select(type => new PickleGlobal($"torch.cuda.{type.Storage}") { Storage = type }))
        .Concat(Inert.Select(name => new PickleGlobal(name) { Call = _ => new PickleInert(name) }))
        .ToFrozenDictionary(known => known.Name);

    /// <exception cref="FormatException">It is none of the known ones: the message names it.</exception>
    public static PickleGlobal Find(string module, string name) => Known.TryGetValue($"{module}.{name}", out PickleGlobal? known)
        ? known
        : throw new FormatException($"it asks for the global '{module}.{name}', which is none of those that weights need; it was refused, and nothing was executed");

    private static object?[] Size(object?[] arguments) => arguments is [object?[] sizes] ? sizes : throw new FormatException("a torch.Size is no tuple");

    private static TensorReference Parameter(object?[] arguments) =>
        arguments is [TensorReference tensor, ..] ? tensor : throw new FormatException("a parameter is no tensor");

    /// <summary>Empty, or in Python 2 made of a list of pairs.</summary>
    private static PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is not [List<object?> pairs]) return dictionary;
        foreach (object? pair in pairs)
        {
            dictionary.Entries.Add(pair switch
            {
                List<object?> and [var key, var value] => new(key, value),
                object?[] and [var key, var value] => new(key, value),
                _ => throw new FormatException("an OrderedDict is not made of pairs"),
            });
        }
        // Moved, not copied: a list that is recalled a million times must not become a million dictionaries.
        pairs.Clear();
        return dictionary;
    }
}
