namespace ResNetMLNet.Backbones.Weights;

/// <summary>A tensor that is not read yet: where its elements lie in a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The first element, counted from the storage's start.</param>
/// <param name="Shape">
/// Its shape; every element lies inside the storage, and several may lie at one place, as in an expanded tensor.
/// </param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
internal sealed record TensorReference(StorageReference Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>What the tensor takes where each of its elements is written out.</summary>
    public Int128 Bytes => (Int128)StoredTensor.Count(Shape) * Storage.Type.Size;

    /// <summary>
    /// From what torch.save passes to _rebuild_tensor and _rebuild_tensor_v2: storage, offset, shape, strides, and what does not matter
    /// here.
    /// </summary>
    public static object Rebuild(object?[] arguments)
    {
        if (arguments is [PickleInert inert, ..]) return inert;
        if (arguments is not [StorageReference storage, long offset, object?[] shape, object?[] strides, ..])
            throw new FormatException("a tensor is not made of a storage, an offset, a shape and strides");
        var inView = new TensorReference(storage, offset, Integers(shape), Integers(strides));
        inView.Check();
        return inView with { Offset = storage.ViewOffset + offset };
    }

    private void Check()
    {
        long count = StoredTensor.Count(Shape);
        if (Strides.Length != Shape.Length || Strides.Any(stride => stride < 0)) throw new FormatException($"{Describe()} makes no sense");
        Int128 last = Offset;
        for (int i = 0; i < Shape.Length; i++) last += (Int128)Math.Max(0, Shape[i] - 1) * Strides[i];
        if (Offset < 0 || Offset > Storage.ViewCount || (count > 0 && last >= Storage.ViewCount))
            throw new FormatException($"{Describe()} is not inside its storage '{Storage.Key}' of {Storage.ViewCount} elements");
    }

    private string Describe() =>
        $"a tensor of shape [{string.Join(", ", Shape)}], strides [{string.Join(", ", Strides)}] and offset {Offset}";

    private static long[] Integers(object?[] tuple)
    {
        // Before they are copied: one long tuple may be recalled a million times.
        StoredTensor.CheckDimensions(tuple.Length);
        return Array.ConvertAll(
            tuple, item => item is long integer ? integer : throw new FormatException("a tensor's shape or strides are not whole numbers"));
    }
}
