using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Pixels as the network takes them, on its device.</summary>
/// <param name="input">How they are normalized.</param>
/// <param name="device">The network's.</param>
/// <param name="channelsLast">
/// Whether a pixel's channels lie beside each other, as in an image file. libtorch goes by the strides, so a network's activations, and the
/// weights on their way into a convolution, are then laid out so too; numbers differ by roundings.
/// </param>
internal sealed class ImageTensors(InputSpec input, Device device, bool channelsLast)
{
    private readonly float[] mean = [(float)(input.Mean.R * 255), (float)(input.Mean.G * 255), (float)(input.Mean.B * 255)];
    private readonly float[] scale = [(float)(1 / (input.Std.R * 255)), (float)(1 / (input.Std.G * 255)), (float)(1 / (input.Std.B * 255))];

    /// <summary>float [N, 3, H, W], normalized.</summary>
    public Tensor Of(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor levels = empty([batch.Count, batch.Size, batch.Size, 3], ScalarType.Byte);
        batch.Pixels.AsSpan(0, batch.Length).CopyTo(levels.bytes);
        // As bytes to the device: a quarter of what floats take.
        Tensor images = levels.to(device).to(ScalarType.Float32).SubtractInPlace(tensor(mean, device: device))
            .mul_(tensor(scale, device: device));
        Tensor view = images.permute(0, 3, 1, 2);
        return (channelsLast ? view : view.contiguous()).MoveToOuterDisposeScope();
    }
}
