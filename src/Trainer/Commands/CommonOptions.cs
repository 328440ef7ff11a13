using System.CommandLine;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer.Commands;

/// <summary>Options that several verbs have, and mean the same by.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON on standard output, and nothing else there." };

    public static Option<bool> Strict() => new("--strict") { Description = "Fail where an image cannot be read, in place of skipping and listing it." };

    public static Option<string?> Weights() => new("--weights")
    {
        Description = "A safetensors file with PyTorch's names. Without it: the weights that `models` lists, otherwise fresh ones.",
    };

    public static Option<ComputeDevice> Device() => new("--device")
    {
        Description = "Where the network runs: auto (CUDA where it can be used, otherwise the CPU), cpu, cuda or cuda:N.",
        HelpName = "auto|cpu|cuda[:N]",
        DefaultValueFactory = _ => ComputeDevice.Auto,
        CustomParser = result =>
        {
            try
            {
                return ComputeDevice.Parse(result.Tokens[0].Value);
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
                return null;
            }
        },
    };
}
