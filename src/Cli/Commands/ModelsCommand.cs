using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Cli;

/// <summary><c>models</c>: the catalog.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("models", "Lists the backbones: parameters, multiply-accumulates for an image of 224 pixels, number of features, and the weights used by default.") { json };
        command.SetAction(arguments => Run(arguments.GetValue(json)));
        return command;
    }

    private static void Run(bool json)
    {
        Model[] models = [.. BackboneRegistry.All.Select(Describe)];
        if (json)
        {
            Terminal.Json(models);
            return;
        }

        TextTable table = new TextTable(rounded: false).Left("name").Right("parameters", "MACs", "features").Left("default weights");
        foreach (Model model in models)
            table.Row(model.Name, $"{model.Parameters / 1e6:F1} M", $"{model.Macs / 1e9:F2} G", $"{model.Features}", Text(model.Weights));
        Terminal.Print(table);
    }

    private static Model Describe(BackboneSpec spec)
    {
        BackboneCost cost = BackboneCost.Of(spec);
        return new Model(spec.Name, cost.Parameters, cost.MultiplyAccumulates, spec.FeatureWidth,
            PackagedWeights.Origin(spec) is string packaged
                ? [packaged]
                : [.. PretrainedWeights.For(spec).Select(weights => weights.Name)]);
    }

    private static string Text(string[] weights) => weights switch
    {
        [] => "none public: --weights FILE, or --fresh",
        [string only] => only,
        [string best, ..] => $"{best}, and {weights.Length - 1} more to choose from",
    };

    /// <summary>
    /// An architecture in the JSON array; its weights are the names that --weights takes, the most accurate, which is taken without it,
    /// first; or what a package brings.
    /// </summary>
    private sealed record Model(string Name, long Parameters, long Macs, int Features, string[] Weights);
}
