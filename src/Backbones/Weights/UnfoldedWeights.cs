using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// The state_dict of a network whose batch norms were folded into their convolutions when it was exported: the convolutions as they are in
/// the file, behind them batch norms that add the file's bias and otherwise change nothing. The features are the same; training starts from
/// other batch norms than those that were exported.
/// </summary>
internal static class UnfoldedWeights
{
    /// <summary>Makes a state_dict of folded weights, or of others what they are.</summary>
    /// <param name="folded">The file's tensors, which stay the caller's; the result shares their memory.</param>
    /// <param name="network">Says which batch norm follows which convolution; its weights are not read, so that it may be on META.</param>
    public static Dictionary<string, Tensor> Of(IReadOnlyDictionary<string, Tensor> folded, Backbone network)
    {
        Dictionary<nn.Module, string> names = ModuleNames.Of(network);
        var pairs = new NormalizedConvolutions();
        network.Run(pairs, null);
        Dictionary<string, Tensor> weights = folded.ToDictionary(entry => entry.Key, entry => entry.Value.alias());
        foreach ((Conv2d conv, BatchNorm2d norm) in pairs.Found)
        {
            if (!weights.Remove($"{names[conv]}.bias", out Tensor? bias)) continue;
            string name = names[norm];
            weights[$"{name}.bias"] = bias;
            weights[$"{name}.weight"] = ones_like(bias);
            weights[$"{name}.running_mean"] = zeros_like(bias);
            // The variance and eps add up to one, in float32 too, so that nothing is scaled.
            weights[$"{name}.running_var"] = ones_like(bias, ScalarType.Float32).Plus(-norm.eps);
            if (conv.bias is not null) weights[$"{names[conv]}.bias"] = zeros_like(bias);
        }
        return weights;
    }
}
