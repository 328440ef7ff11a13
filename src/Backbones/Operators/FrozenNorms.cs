using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// The batch norms of a network, as a part of the convolutions that they follow. One that keeps its running statistics is a scale and a
/// shift of each channel: taken into the convolution's weights it costs no pass over the maps, and training need not keep its input, about
/// half of all that it would keep. Gradients flow to the weights, scales and shifts as they do without; numbers differ by roundings.
/// </summary>
internal sealed class FrozenNorms
{
    private readonly Dictionary<Conv2d, BatchNorm2d> follower = [];

    public FrozenNorms(Backbone network)
    {
        var pairs = new NormalizedConvolutions();
        network.Run(pairs, null);
        foreach ((Conv2d conv, BatchNorm2d norm) in pairs.Found) follower.Add(conv, norm);
    }

    /// <summary>The batch norm behind a convolution; null where there is none.</summary>
    public BatchNorm2d? Behind(Conv2d conv) => follower.GetValueOrDefault(conv);

    /// <summary>Weights and biases of a convolution that does what both do, for running statistics.</summary>
    public static (Tensor Weight, Tensor Bias) Fold(Conv2d conv, BatchNorm2d norm)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scale = norm.running_var!.Plus(norm.eps).rsqrt() * norm.weight!;
        Tensor shift = norm.running_mean!.neg();
        if (conv.bias is not null) shift = shift.Plus(conv.bias);
        Tensor bias = norm.bias!.Plus(shift * scale);
        return ((conv.weight * scale.reshape(-1, 1, 1, 1)).MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }
}
