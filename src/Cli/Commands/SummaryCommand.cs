using System.CommandLine;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Cli;

/// <summary><c>summary</c>: a network layer by layer.</summary>
internal static class SummaryCommand
{
    private const int DefaultSize = 224;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "A backbone that `models` lists, or an ONNX file that `export` wrote." };
        Option<int?> size = CommonOptions.ImageSize(
            $"Height and width of the image in pixels; by default {DefaultSize}. An ONNX file has its own.");
        size.Aliases.Add("--input-size"); // its earlier name
        Option<bool> json = CommonOptions.Json();
        var command = new Command("summary", "Lists a network's layers: shapes, parameters, multiply-accumulates, receptive fields.") { name, size, json };
        command.SetAction(arguments => Run(arguments.GetValue(name)!, arguments.GetValue(size), arguments.GetValue(json)));
        return command;
    }

    private static void Run(string name, int? size, bool json)
    {
        BackboneCost cost = name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
            ? OfFile(name, size)
            : BackboneCost.Of(BackboneRegistry.Find(name), size ?? DefaultSize);
        if (json)
        {
            Terminal.Json(new
            {
                name,
                parameters = cost.Parameters,
                macs = cost.MultiplyAccumulates,
                activationBytes = cost.ActivationBytes,
                layers = cost.Layers.Select(layer => new
                {
                    layer.Name,
                    layer.Kind,
                    Output = new[] { layer.Output.Channels, layer.Output.Height, layer.Output.Width },
                    layer.Kernel,
                    layer.Stride,
                    layer.Groups,
                    layer.Parameters,
                    Macs = layer.MultiplyAccumulates,
                    layer.ReceptiveField,
                }),
            });
            return;
        }

        Terminal.Print(ToTable(cost));
        Terminal.Print(
            $"{cost.Parameters:N0} parameters, {cost.MultiplyAccumulates:N0} multiply-accumulates, {cost.ActivationBytes / 1e6:F1} MB of activations per image.");
    }

    private static BackboneCost OfFile(string path, int? size) => size is null
        ? BackboneCost.OfOnnx(path)
        : throw new UserException($"'{path}' has its own input size; export it again with `--image-size {size}`.");

    private static TextTable ToTable(BackboneCost cost)
    {
        TextTable table = new TextTable(rounded: false).Left("layer", "kind")
            .Right("output", "kernel", "stride", "groups", "parameters", "MACs", "receptive field");
        foreach (LayerCost layer in cost.Layers)
        {
            table.Row(
                layer.Name, layer.Kind, $"{layer.Output.Channels} x {layer.Output.Height} x {layer.Output.Width}",
                Number(layer.Kernel), Number(layer.Stride), Number(layer.Groups), Number(layer.Parameters),
                Number(layer.MultiplyAccumulates), Number(layer.ReceptiveField));
        }
        return table;
    }

    private static string Number(long value) => value == 0 ? "" : $"{value:N0}";
}
