using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>What of a convolution decides the shape of its output: square kernels, in pixels.</summary>
internal readonly record struct ConvolutionGeometry(int OutChannels, int Kernel, int Stride, int Padding, int Dilation, int Groups)
{
    public static ConvolutionGeometry Of(Conv2d conv) => new(
        (int)conv.out_channels, (int)conv.kernel_size[0], (int)conv.stride[0], (int)conv.padding![0], (int)conv.dilation[0],
        (int)conv.groups);

    /// <summary>Pixels from the first that the kernel sees to the last.</summary>
    public int Reach => Dilation * (Kernel - 1) + 1;

    /// <summary>PyTorch's Conv2d documentation, "Shape".</summary>
    public FeatureMap Output(FeatureMap x) => new(OutChannels, Size(x.Height), Size(x.Width));

    private int Size(int size) => (size + 2 * Padding - Reach) / Stride + 1;
}
