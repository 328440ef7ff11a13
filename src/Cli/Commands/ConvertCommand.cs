using System.CommandLine;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Cli;

/// <summary><c>convert</c>: weights from one format into another.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("IN") { Description = "Weights in any supported format: .safetensors, .pth of any PyTorch version, a TorchSharp checkpoint." };
        var output = new Argument<FileInfo>("OUT") { Description = "The file to write, .safetensors or .pth; an existing one is replaced." };
        var command = new Command("convert", "Writes weights as a safetensors file, or as a .pth file that torch.load reads.") { input,
            output };
        command.SetAction(arguments => Run(arguments.GetValue(input)!, arguments.GetValue(output)!));
        return command;
    }

    private static void Run(string input, FileInfo output)
    {
        using WeightSet weights = WeightsFile.Load(input);
        output.Directory!.Create();
        WeightsFile.Save(weights, output.FullName);
        output.Refresh();
        Terminal.Say($"Wrote {output} ({output.Length / 1e6:F1} MB): {weights.Tensors.Count} tensors of {input}.");
    }
}
