using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// Tensors as files hold them: the elements in row-major order, little-endian. Sizes are checked before anything is allocated.
/// </summary>
internal static class StoredTensor
{
    // No weight of a network has more; torch's own operators stop at 64.
    private const int DimensionLimit = 16;

    /// <summary>Reads a tensor from where the stream stands.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="available">How many bytes may belong to the tensor.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <exception cref="FormatException">The shape makes no sense, or the bytes are not there.</exception>
    public static Tensor Read(Stream stream, long available, ElementType type, long[] shape)
    {
        Int128 bytes = Count(shape) * (Int128)type.Size;
        string what = $"shape [{string.Join(", ", shape)}] of {type.Type} takes {bytes} bytes";
        if (bytes > available) throw new FormatException($"{what}, and {available} are there");
        if (bytes > Array.MaxLength) throw new FormatException($"{what}; the limit is {Array.MaxLength}");
        Tensor tensor = empty(shape, type.Type);
        try
        {
            stream.ReadExactly(tensor.bytes);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Writes a tensor's elements.</summary>
    public static void Write(Stream stream, Tensor tensor)
    {
        using Tensor detached = tensor.detach(), here = detached.cpu(), dense = here.contiguous();
        stream.Write(dense.bytes);
    }

    /// <exception cref="FormatException">There are too many.</exception>
    public static void CheckDimensions(int count)
    {
        if (count > DimensionLimit) throw new FormatException($"a shape has {count} dimensions; the limit is {DimensionLimit}");
    }

    /// <summary>How many elements a shape has.</summary>
    /// <exception cref="FormatException">
    /// A dimension is negative, there are too many, or so many elements that no file holds them.
    /// </exception>
    public static long Count(long[] shape)
    {
        CheckDimensions(shape.Length);
        // Torch multiplies the other dimensions of an empty shape too.
        Int128 product = 1;
        foreach (long dimension in shape)
        {
            if (dimension < 0) throw new FormatException($"shape [{string.Join(", ", shape)}] has a negative dimension");
            product *= Math.Max(1, dimension);
            if (product > long.MaxValue)
                throw new FormatException($"shape [{string.Join(", ", shape)}] has more elements than a file can hold");
        }
        return shape.Contains(0) ? 0 : (long)product;
    }
}
