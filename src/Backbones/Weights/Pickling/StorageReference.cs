namespace ResNetMLNet.Backbones.Weights;

/// <summary>A run of elements, whose bytes lie outside the pickle.</summary>
/// <param name="Key">What the file calls it.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Count">How many elements it has.</param>
/// <param name="ViewOffset">The first of those that tensors see.</param>
/// <param name="ViewCount">How many of those tensors see.</param>
internal sealed record StorageReference(string Key, ElementType Type, long Count, long ViewOffset, long ViewCount)
{
    /// <summary>From a persistent id: ('storage', class, key, location, count), in the old stream with a view or None at the end.</summary>
    public static StorageReference Parse(object? id)
    {
        if (id is not object?[] { Length: 5 or 6 } parts || parts is not ["storage", PickleGlobal { Storage: ElementType type }, _, _, long count, ..])
            throw new FormatException("its pickle refers to something outside that is no storage");
        string key = parts[2] as string ?? throw new FormatException("a storage's key is no text");
        if (count < 0) throw new FormatException($"storage '{key}' has {count} elements");
        if (parts is not [_, _, _, _, _, object?[] view]) return new StorageReference(key, type, count, 0, count);
        if (view is not [_, long offset, long viewCount] || offset < 0 || viewCount < 0 || offset > count - viewCount)
            throw new FormatException($"storage '{key}' of {count} elements has a view that is not inside it");
        return new StorageReference(key, type, count, offset, viewCount);
    }
}
