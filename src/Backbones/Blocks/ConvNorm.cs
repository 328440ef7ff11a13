using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>A convolution and its batch norm under one name, as timm's selective-kernel networks have them.</summary>
internal class ConvNorm : Layer
{
    private protected readonly Conv2d conv;
    private protected readonly BatchNorm2d bn;

    public ConvNorm(int inChannels, int outChannels, int kernel, LayerFactory make, int stride = 1, int groups = 1, int dilation = 1)
    {
        conv = make.Conv(inChannels, outChannels, kernel, stride, groups, dilation);
        bn = make.BatchNorm(outChannels);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x) => op.BatchNorm(op.Conv(x, conv), bn);
}

/// <summary>And a ReLU.</summary>
internal sealed class ConvNormRelu(
    int inChannels, int outChannels, int kernel, LayerFactory make, int stride = 1, int groups = 1, int dilation = 1)
    : ConvNorm(inChannels, outChannels, kernel, make, stride, groups, dilation)
{
    public override T Dataflow<T>(IOperators<T> op, T x) => op.Relu(base.Dataflow(op, x));
}
