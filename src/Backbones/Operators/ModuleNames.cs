using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>What the modules of a network are called: PyTorch's names, <c>layer1.0.conv1</c>.</summary>
internal static class ModuleNames
{
    public static Dictionary<nn.Module, string> Of(nn.Module network)
    {
        var names = new Dictionary<nn.Module, string>();
        foreach ((string name, nn.Module module) in network.named_modules()) names.TryAdd(module, name);
        return names;
    }
}
