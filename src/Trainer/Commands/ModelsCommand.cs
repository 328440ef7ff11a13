using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using Spectre.Console;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>models</c>: the catalog.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("models", "Lists the backbones: parameters, multiply-accumulates for a picture of 224 pixels, width of the features, and the weights that a backbone gets unless others are asked for.") { json };
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

        Table table = new Table().Border(TableBorder.Minimal).AddColumn("name");
        foreach (string heading in new[] { "parameters", "MACs", "features" }) table.AddColumn(heading, column => column.RightAligned());
        table.AddColumn("weights, unless others are asked for");
        foreach (Model model in models)
        {
            table.AddRow(model.Name, $"{model.Parameters / 1e6:F1} M", $"{model.Macs / 1e9:F2} G", $"{model.Features}",
                Markup.Escape(Text(model.Weights)));
        }
        Terminal.Results.Write(table);
    }

    private static Model Describe(BackboneSpec spec)
    {
        BackboneCost cost = BackboneCost.Of(spec);
        return new Model(spec.Name, cost.Parameters, cost.MultiplyAccumulates, spec.FeatureWidth,
            PackagedWeights.Origin(spec) is string packaged ? [packaged] : [.. PretrainedWeights.For(spec).Select(weights => weights.Name)]);
    }

    private static string Text(string[] weights) => weights switch
    {
        [] => "none public: --weights FILE, or --fresh",
        [string only] => only,
        [string best, ..] => $"{best}, and {weights.Length - 1} more to choose from",
    };

    /// <summary>An architecture in the JSON array; its weights are the names that --weights takes, the most accurate, which is taken without it, first; or what a package brings.</summary>
    private sealed record Model(string Name, long Parameters, long Macs, int Features, string[] Weights);
}
