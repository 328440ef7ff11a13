using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>Makes the parts of a network with the family's conventions, on one device.</summary>
public sealed class LayerFactory
{
    private const int MostChannels = 1 << 20;

    private readonly Device? device;
    private readonly string name;
    private readonly bool initialize;

    /// <param name="device">Where the parameters live.</param>
    /// <param name="name">The network, for errors.</param>
    /// <param name="initialize">
    /// Whether convolutions get fresh weights; otherwise their memory is as it comes, for weights that replace all of it.
    /// </param>
    internal LayerFactory(Device? device, string name = "block", bool initialize = true)
    {
        this.device = device;
        this.name = name;
        this.initialize = initialize;
    }

    /// <summary>
    /// A convolution that keeps the size but for its stride: padding is half of what the kernel reaches. No bias unless asked for, since
    /// batch norm follows.
    /// </summary>
    /// <param name="inChannels">Channels of its input, 1 to 1,048,576.</param>
    /// <param name="outChannels">Channels of its output, 1 to 1,048,576.</param>
    /// <param name="kernel">Side of the kernel in pixels, odd.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="groups">Groups that the channels of input and output divide into.</param>
    /// <param name="dilation">Pixels between two values of the kernel.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <exception cref="ArgumentException">A number is out of its range; the message names the network and says what to choose.</exception>
    public Conv2d Conv(int inChannels, int outChannels, int kernel, int stride = 1, int groups = 1, int dilation = 1, bool bias = false)
    {
        SpecRules.Require(kernel >= 1 && kernel % 2 == 1, name, $"a convolution of {kernel} x {kernel} pixels; choose an odd number");
        SpecRules.Require(
            inChannels is >= 1 and <= MostChannels && outChannels is >= 1 and <= MostChannels, name,
            $"a convolution of {inChannels} to {outChannels} channels; each must be 1 to {MostChannels}: choose other planes or widths");
        SpecRules.Require(
            groups >= 1 && inChannels % groups == 0 && outChannels % groups == 0, name,
            $"a convolution of {inChannels} to {outChannels} channels, which do not divide into its {groups} groups; choose another " +
            $"cardinality, base width or number of planes");

        // Made without memory: torch's own initialization would cost as much again as ours.
        Conv2d conv = nn.Conv2d(
            inChannels, outChannels, kernel, stride, padding: kernel / 2 * dilation, dilation, groups: groups, bias: bias, device: META);
        if (device?.type == DeviceType.META) return conv;

        Tensor weight = empty(conv.weight.shape, device: device);
        // He et al. 2015, arXiv:1502.01852: keeps the size of the gradient from layer to layer.
        if (initialize) nn.init.kaiming_normal_(weight, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
        conv.weight = new Parameter(weight);
        if (bias) conv.bias = new Parameter(zeros(outChannels, device: device));
        return conv;
    }

    /// <summary>
    /// How many channels a small layer gets that is sized as a part of a large one: a multiple of <paramref name="divisor"/>.
    /// </summary>
    /// <param name="channels">Of the large layer.</param>
    /// <param name="part">The part that is wanted.</param>
    /// <param name="divisor">What the channels are to be a multiple of.</param>
    /// <param name="minimum">The fewest channels.</param>
    /// <param name="keepNineTenths">
    /// Whether the next multiple up is taken where the nearest falls below nine tenths of what is wanted.
    /// </param>
    /// <exception cref="ArgumentException">The part or the divisor is not above 0.</exception>
    public int ReducedChannels(int channels, double part, int divisor, int minimum, bool keepNineTenths)
    {
        double wanted = channels * part;
        SpecRules.Require(wanted is > 0 and <= MostChannels, name, string.Create(
            CultureInfo.InvariantCulture, $"an attention of {part} of {channels} channels; choose a part above 0, such as 0.0625"));
        SpecRules.Require(
            divisor is >= 1 and <= MostChannels, name, $"an attention whose channels are a multiple of {divisor}; choose 1 or more");
        int rounded = Math.Max(minimum, (int)(wanted + divisor / 2.0) / divisor * divisor);
        return keepNineTenths && rounded < 0.9 * wanted ? rounded + divisor : rounded;
    }

    /// <summary>A batch norm with PyTorch's defaults: epsilon 1e-5, momentum 0.1.</summary>
    public BatchNorm2d BatchNorm(int channels) => nn.BatchNorm2d(channels, eps: 1e-5, momentum: 0.1, device: device);

    /// <summary>A fully connected layer with a bias.</summary>
    public Linear Linear(int inFeatures, int outFeatures) => nn.Linear(inFeatures, outFeatures, device: device);
}
