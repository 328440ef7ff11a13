using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>The shape that a convolution gives (PyTorch's Conv2d documentation, "Shape").</summary>
internal static class ConvolutionShape
{
    public static FeatureMap Output(FeatureMap x, Conv2d conv) => new((int)conv.out_channels, Size(x.Height, conv, 0), Size(x.Width, conv, 1));

    private static int Size(int size, Conv2d conv, int axis)
    {
        long reach = conv.dilation[axis] * (conv.kernel_size[axis] - 1) + 1;
        return (int)((size + 2 * conv.padding![axis] - reach) / conv.stride[axis]) + 1;
    }
}
