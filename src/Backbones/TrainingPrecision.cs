using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>What convolutions compute in while a network is trained.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "They are the names that the field has for them.")]
public enum TrainingPrecision
{
    /// <summary>bfloat16 where the device has instructions for it, float32 otherwise: <see cref="TrainingPrecisions.On"/>.</summary>
    Auto,

    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>8 bits of exponent as single precision has, 7 of fraction: no scaling of the loss is needed.</summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>5 bits of exponent, 10 of fraction: the loss has to be scaled, or small gradients become zero.</summary>
    Half,
}

/// <summary>What a device computes in.</summary>
public static class TrainingPrecisions
{
    /// <summary>
    /// The precision that <see cref="TrainingPrecision.Auto"/> is on a device: bfloat16 on an x64 processor with AVX512-BF16 or AMX-BF16 and
    /// on a GPU of compute capability 8.0 or higher, float32 on any other. Others are what they are.
    /// </summary>
    public static TrainingPrecision On(this TrainingPrecision precision, Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (precision != TrainingPrecision.Auto) return precision;
        bool computes = device.type switch
        {
            DeviceType.CPU => ProcessorFeatures.Here.ComputesBFloat16,
            DeviceType.CUDA => ComputeCapability.Of(device.index) is >= ComputeCapability.FirstWithBFloat16,
            _ => false,
        };
        return computes ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
    }

    /// <summary>The type of 16 bits that a convolution's input and output are cast to; null where they stay what the network is.</summary>
    internal static ScalarType? Type(this TrainingPrecision precision) => precision switch
    {
        TrainingPrecision.BFloat16 => ScalarType.BFloat16,
        TrainingPrecision.Half => ScalarType.Float16,
        _ => null,
    };

    /// <summary>A tensor in that type.</summary>
    internal static Tensor In(this Tensor x, ScalarType? type) => type is { } half ? x.to(half) : x;

    /// <summary>A tensor that was cast to that type, for what computes in single precision.</summary>
    internal static Tensor OutOf(this Tensor x, ScalarType? type) => type is null ? x : x.to(ScalarType.Float32);
}
