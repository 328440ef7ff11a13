namespace ResNetMLNet.Backbones.Weights;

// What a pickle's values become here: null, bool, long, BigInteger, double, string, byte[], List<object?> for a list or set,
// object?[] for a tuple, and the types below.

/// <summary>A dictionary, as a list: nothing that a file chose is hashed or compared while it is read.</summary>
internal sealed class PickleDictionary
{
    // Many dictionaries of a hostile file are empty, and shall cost little.
    private List<KeyValuePair<object?, object?>>? entries;

    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => entries ?? (IReadOnlyList<KeyValuePair<object?, object?>>)[];

    public void Add(object? key, object? value) => (entries ??= []).Add(new(key, value));

    /// <summary>The entries whose key is a text.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Named()
    {
        foreach ((object? key, object? value) in Entries)
        {
            if (key is string name) yield return new(name, value);
        }
    }
}

/// <summary>
/// An object of a type that is not known here, or that no weight needs. It was never made: its parts were read and forgotten.
/// </summary>
internal sealed class PickleInert(PickleGlobal global)
{
    /// <summary>The type, or the function that would have made it.</summary>
    public PickleGlobal Global => global;

    /// <summary>Whether its attributes are those of a torch.nn.Module.</summary>
    public bool IsModule { get; set; }
}
