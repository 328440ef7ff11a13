namespace ResNetMLNet.Backbones.Weights;

/// <summary>A run of elements, whose bytes lie outside the pickle.</summary>
/// <param name="Key">What the file calls it.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Count">How many elements it has.</param>
/// <param name="ViewOffset">The first of those that tensors see.</param>
/// <param name="ViewCount">How many of those tensors see.</param>
internal sealed record StorageReference(string Key, ElementType Type, long Count, long ViewOffset, long ViewCount)
{
    private const int KeyLimit = 64;

    /// <summary>
    /// From a persistent id: ('storage', class, key, location, count), in the old stream with a view or None at the end. A storage of a
    /// class that is not known here, and the source code of a module, are inert.
    /// </summary>
    public static object Parse(object? id)
    {
        switch (id)
        {
            case object?[] and ["storage", PickleGlobal { Storage: ElementType type }, string key, _, long count,
                ..] and { Length: 5 or 6 }:
                return Of(key, type, count, id is object?[] and [_, _, _, _, _, object?[] parts] ? parts : null);
            case object?[] and ["storage", PickleGlobal unknown, ..]: return new PickleInert(unknown);
            case object?[] and ["module", PickleGlobal module, ..]: return module;
            default: throw new FormatException("its pickle refers to something outside that is not a storage");
        }
    }

    private static StorageReference Of(string key, ElementType type, long count, object?[]? view)
    {
        // torch.save counts storages, and TorchSharp.PyBridge too. A key is part of an entry's name in a zip file.
        if (key.Length > KeyLimit || !key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
            throw new FormatException($"a storage's key is '{DisplayText.Of(key)}', which is not a number");
        if (count < 0) throw new FormatException($"storage '{key}' has {count} elements");
        if (view is null) return new StorageReference(key, type, count, 0, count);
        if (view is not [_, long offset, long viewCount, ..] || offset < 0 || viewCount < 0 || offset > count - viewCount)
            throw new FormatException($"storage '{key}' of {count} elements has a view that is not inside it");
        return new StorageReference(key, type, count, offset, viewCount);
    }
}
