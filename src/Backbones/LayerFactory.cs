using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>Makes the parts of a network with the family's conventions, on one device.</summary>
internal sealed class LayerFactory(Device? device)
{
    /// <summary>A convolution that keeps the size but for its stride: padding is half of what the kernel reaches. No bias unless asked for, since batch norm follows.</summary>
    public Conv2d Conv(int inChannels, int outChannels, int kernel, int stride = 1, int groups = 1, int dilation = 1, bool bias = false)
    {
        // Made without memory: torch's own initialization would cost as much again as ours.
        Conv2d conv = nn.Conv2d(
            inChannels, outChannels, kernel, stride, padding: kernel / 2 * dilation, dilation, groups: groups, bias: bias, device: META);
        if (device?.type == DeviceType.META) return conv;

        // He et al. 2015, arXiv:1502.01852: keeps the size of the gradient from layer to layer.
        conv.weight = new Parameter(nn.init.kaiming_normal_(
            empty(conv.weight.shape, device: device), mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU));
        if (bias) conv.bias = new Parameter(zeros(outChannels, device: device));
        return conv;
    }

    public BatchNorm2d BatchNorm(int channels) => nn.BatchNorm2d(channels, eps: 1e-5, momentum: 0.1, device: device);

    public Linear Linear(int inFeatures, int outFeatures) => nn.Linear(inFeatures, outFeatures, device: device);
}
