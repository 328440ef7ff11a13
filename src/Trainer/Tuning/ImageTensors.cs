using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Pixels as the network takes them, on its device.</summary>
internal sealed class ImageTensors(InputSpec input, Device device)
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
        return images.permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
