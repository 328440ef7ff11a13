using System.Collections.Frozen;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A name of Python's that a pickle may ask for. None is looked up in any program: what it does here stands beside it.</summary>
internal sealed record PickleGlobal(string Name)
{
    /// <summary>Makes a value of arguments; null where nothing is made of them.</summary>
    public Func<object?[], object?>? Call { get; private init; }

    /// <summary>The elements of a storage class.</summary>
    public ElementType? Storage { get; private init; }

    /// <summary>Whether training scripts save such values among the weights, where they do no harm.</summary>
    public bool IsHarmless { get; private init; }

    // Types, devices, numbers and arguments.
    private static readonly string[] Harmless =
    [
        "torch.device", "argparse.Namespace", "_codecs.encode", "numpy.dtype", "numpy.ndarray", "collections.deque",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset", "datetime.datetime", "datetime.date",
        "datetime.timedelta",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
        "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
    ];

    // What a file asks for to run a program. Nothing would be run here, but whoever made such a file meant harm, so that none of it is
    // used.
    private static readonly FrozenSet<string> HostileModules = FrozenSet.Create(
        "os", "posix", "nt", "subprocess", "_posixsubprocess", "asyncio.subprocess", "sys", "shutil", "socket", "runpy", "pty", "importlib",
        "importlib._bootstrap",
        "ctypes", "webbrowser", "code", "codeop", "commands", "popen2", "timeit", "pdb", "bdb", "cProfile", "profile", "trace", "doctest",
        "pip", "pip._internal",
        "urllib.request", "pickle", "_pickle", "cPickle", "marshal", "torch.hub", "torch.utils.cpp_extension",
        "numpy.testing._private.utils");

    private static readonly FrozenSet<string> HostileBuiltIns = FrozenSet.Create(
        "eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint", "globals", "locals", "apply", "file", "delattr",
        "setattr");

    private static readonly FrozenDictionary<string, PickleGlobal> Known = new[]
    {
        new("collections.OrderedDict") { Call = Dictionary },
        new("collections.defaultdict") { Call = _ => new PickleDictionary() },
        new("collections.Counter") { Call = _ => new PickleDictionary() },
        new("builtins.dict") { Call = Dictionary },
        new("__builtin__.dict") { Call = Dictionary },
        new("torch.Size") { Call = Size },
        new("torch._utils._rebuild_tensor") { Call = TensorReference.Rebuild },
        new("torch._utils._rebuild_tensor_v2") { Call = TensorReference.Rebuild },
        new("torch._utils._rebuild_parameter") { Call = First },
        new("torch._utils._rebuild_parameter_with_state") { Call = First },
        new PickleGlobal("torch._tensor._rebuild_from_type_v2") { Call = OfSubclass },
    }
        .Concat(ElementType.All.Select(type => new PickleGlobal($"torch.{type.Storage}") { Storage = type }))
        .Concat(ElementType.All.Select(type => new PickleGlobal($"torch.cuda.{type.Storage}") { Storage = type }))
        .Concat(Harmless.Select(name => new PickleGlobal(name) { IsHarmless = true }))
        .ToFrozenDictionary(known => known.Name);

    /// <summary>The name, known or not.</summary>
    /// <exception cref="FormatException">It is one that runs programs: the message names it.</exception>
    public static PickleGlobal Find(string module, string name)
    {
        if (IsHostile(module, name))
            throw new FormatException($"it asks for the global '{DisplayText.Of($"{module}.{name}")}', which can run programs; it was " +
                $"refused, and nothing was executed");
        string full = $"{module}.{name}";
        return Known.TryGetValue(full, out PickleGlobal? known) ? known : new PickleGlobal(full);
    }

    private static bool IsHostile(string module, string name) =>
        HostileModules.Contains(module) || (module is "builtins" or "__builtin__" && HostileBuiltIns.Contains(name.Split('.')[0]));

    private static object?[] Size(object?[] arguments) =>
        arguments is [object?[] sizes] ? sizes : throw new FormatException("a torch.Size is not a tuple");

    private static object? First(object?[] arguments) =>
        arguments is [TensorReference or PickleInert, ..] ? arguments[0] : throw new FormatException("a parameter is not a tensor");

    /// <summary>
    /// A tensor of a class of its own: the function that makes the tensor, the class, the function's arguments, attributes.
    /// </summary>
    private static object? OfSubclass(object?[] arguments) => arguments switch
    {
        [PickleGlobal { Call: { } call } function, _, object?[] inner, ..] when function.Name != "torch._tensor._rebuild_from_type_v2" =>
            call(inner),
        [PickleGlobal function, ..] => new PickleInert(function),
        _ => throw new FormatException("a tensor of a class of its own is not made by a function"),
    };

    /// <summary>Empty, or in Python 2 made of a list of pairs.</summary>
    private static PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is not [List<object?> pairs]) return dictionary;
        foreach (object? pair in pairs)
        {
            switch (pair)
            {
                case List<object?> and [var key, var value]: dictionary.Add(key, value); break;
                case object?[] and [var key, var value]: dictionary.Add(key, value); break;
                default: throw new FormatException("an OrderedDict is not made of pairs");
            }
        }
        // Moved, not copied: a list that is recalled a million times must not become a million dictionaries.
        pairs.Clear();
        return dictionary;
    }
}
