using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// A type of numbers that weights files hold, and what the formats call it. TorchSharp's own checkpoints have the number of
/// <see cref="Type"/>.
/// </summary>
/// <param name="Type">Torch's type.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Safetensors">safetensors' <c>dtype</c>.</param>
/// <param name="Storage">PyTorch's storage class, in module <c>torch</c>.</param>
internal sealed record ElementType(ScalarType Type, int Size, string Safetensors, string Storage)
{
    /// <summary>Every type: floating point for weights, the others for counters and masks.</summary>
    public static IReadOnlyList<ElementType> All { get; } =
    [
        new(ScalarType.Float32, 4, "F32", "FloatStorage"),
        new(ScalarType.Float16, 2, "F16", "HalfStorage"),
        new(ScalarType.BFloat16, 2, "BF16", "BFloat16Storage"),
        new(ScalarType.Float64, 8, "F64", "DoubleStorage"),
        new(ScalarType.Int64, 8, "I64", "LongStorage"),
        new(ScalarType.Int32, 4, "I32", "IntStorage"),
        new(ScalarType.Int16, 2, "I16", "ShortStorage"),
        new(ScalarType.Int8, 1, "I8", "CharStorage"),
        new(ScalarType.Byte, 1, "U8", "ByteStorage"),
        new(ScalarType.Bool, 1, "BOOL", "BoolStorage"),
    ];

    /// <exception cref="ArgumentException">No format of ours stores that type.</exception>
    public static ElementType Of(Tensor tensor) => All.FirstOrDefault(known => known.Type == tensor.dtype)
        ?? throw new ArgumentException(
            $"A tensor of type {tensor.dtype} cannot be stored; {string.Join(", ", All.Select(known => known.Type))} can.");
}
