using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>train</c>: a folder of photos in, a model to ship out.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder with a folder of images for each class." };
        var validation = new Option<string?>("--validation") { Description = "A folder like FOLDER to validate on. Without it a fifth of each class is held back." };
        var backbone = new Option<string>("--backbone") { Description = "A backbone that `models` lists.", DefaultValueFactory = _ => "resnet18_mlnet" };
        Option<string?> weights = CommonOptions.Weights();
        var output = new Option<string?>("--output", "-o") { Description = "The folder to write model.zip, backbone.onnx and metrics.json into; by default FOLDER's name with -model." };
        var seed = new Option<int>("--seed") { Description = "Chooses the images that are held back. The same seed gives the same model.", DefaultValueFactory = _ => 1 };
        Option<ComputeDevice> device = CommonOptions.Device();
        Option<bool> strict = CommonOptions.Strict();
        Option<bool> noCache = CommonOptions.NoCache();
        var force = new Option<bool>("--force") { Description = "Replace a model that is in the output folder." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("train", "Trains a classifier on a folder of images and writes an ML.NET model.")
        {
            folder, validation, backbone, weights, output, seed, device, strict, noCache, force, json,
        };
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            new HeadTraining
            {
                Folder = arguments.GetValue(folder)!,
                Validation = arguments.GetValue(validation),
                Backbone = arguments.GetValue(backbone)!,
                Weights = arguments.GetValue(weights),
                Seed = arguments.GetValue(seed),
                Strict = arguments.GetValue(strict),
                Featurizing = CommonOptions.Featurizing(arguments.GetValue(device)!, arguments.GetValue(noCache)),
            },
            arguments.GetValue(output) ?? DefaultOutput(arguments.GetValue(folder)!), arguments.GetValue(force), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(HeadTraining training, string output, bool force, bool json, CancellationToken cancellationToken)
    {
        using var results = new ResultFolder(output, force);
        Metrics metrics = training.Run(results, cancellationToken);
        if (json) Terminal.Json(metrics);
        else ClassificationTables.Write(Terminal.Results, metrics);
        Terminal.Say($"Wrote {ResultFolder.Model}, {ResultFolder.Backbone} and {ResultFolder.Metrics} into {output}, after {metrics.Seconds:F0} s.");
    }

    private static string DefaultOutput(string folder) => $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}-model";
}
