using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A dictionary of tensors as it lies in a file, which may have several.</summary>
/// <param name="Place">
/// Where in the file: the keys that lead to it, such as <c>state_dict_ema</c>; empty where the file is the dictionary.
/// </param>
/// <param name="Tensors">Name to tensor.</param>
/// <param name="Foreign">Name to type of the values of types that are not known, which must not be among a network's weights.</param>
internal sealed record StoredWeights(string Place, IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Foreign)
{
    /// <summary>What an exported file says about its network; null for other files.</summary>
    public ExportedNetwork? Exported { get; init; }

    /// <summary>Of a format that has tensors alone.</summary>
    public StoredWeights(IReadOnlyDictionary<string, Tensor> tensors) : this("", tensors, new Dictionary<string, string>())
    {
    }
}

/// <summary>The network of an exported file, whose batch norms are folded into the convolutions before them.</summary>
/// <param name="Architecture">The name of its spec.</param>
/// <param name="Input">Its preprocessing; null where the file does not name it whole.</param>
internal sealed record ExportedNetwork(string Architecture, InputSpec? Input);

/// <summary>Tensors as a reader finds them. What they may be called, and how many there may be, is checked here for every format.</summary>
internal sealed class TensorCollection
{
    /// <summary>The longest name of a tensor, in characters; those of networks have less than 100.</summary>
    public const int NameLimit = 512;

    // The largest network of the catalog has 2,200.
    private const int CountLimit = 10_000;

    private readonly Dictionary<string, Tensor> tensors = [];

    private TensorCollection()
    {
    }

    /// <summary>Collects what a reader finds; where it throws, everything is freed.</summary>
    public static Dictionary<string, Tensor> Of(Action<TensorCollection> read)
    {
        var collection = new TensorCollection();
        try
        {
            read(collection);
            return collection.tensors;
        }
        catch
        {
            foreach (Tensor tensor in collection.tensors.Values) tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor and adds it.</summary>
    /// <exception cref="FormatException">The name is taken or too long, or there are too many.</exception>
    public void Add(string name, Func<Tensor> read)
    {
        CheckName(name);
        CheckCount(tensors.Count + 1);
        if (tensors.ContainsKey(name)) throw new FormatException($"tensor '{DisplayText.Of(name)}' appears twice");
        tensors.Add(name, read());
    }

    /// <exception cref="FormatException">The name is too long.</exception>
    public static void CheckName(string name)
    {
        if (name.Length > NameLimit)
            throw new FormatException($"tensor '{DisplayText.Of(name)}' has a name of {name.Length} characters; the limit is {NameLimit}");
    }

    /// <exception cref="FormatException">There are more tensors than any network has.</exception>
    public static void CheckCount(long count)
    {
        if (count > CountLimit) throw new FormatException($"it has more than {CountLimit} tensors, as no network of the family has");
    }
}
