namespace ResNetMLNet.Backbones.Weights;

// What a pickle's values become here: null, bool, long, BigInteger, double, string, byte[], List<object?> for a list or set,
// object?[] for a tuple, and the types below.

/// <summary>A dictionary, as a list: nothing that a file chose is hashed or compared.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Entries { get; } = [];

    /// <summary>The entries whose key is a text; of equal keys the last, as in Python.</summary>
    public Dictionary<string, object?> ByName()
    {
        var byName = new Dictionary<string, object?>();
        foreach ((object? key, object? value) in Entries)
        {
            if (key is string name) byName[name] = value;
        }
        return byName;
    }
}

/// <summary>A value that no weight needs, such as a command's arguments: its parts were read and forgotten.</summary>
internal sealed record PickleInert(string Global);
