using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>train</c>: a folder of photos in, a model to ship out.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Argument<string> folder = CommonOptions.TrainingFolder();
        Option<string?> validation = CommonOptions.Validation();
        Option<string> backbone = CommonOptions.Backbone();
        Option<string?> weights = CommonOptions.Weights();
        var output = new Option<string?>("--output", "-o") { Description = "The folder to write model.zip, backbone.onnx, metrics.json and report.html into; by default FOLDER's name with -model." };
        Option<int> seed = CommonOptions.Seed();
        Option<string> classWeights = new Option<string>("--class-weights")
        {
            Description = "none, or balanced: each class counts the same, however many images it has.",
            DefaultValueFactory = _ => "none",
        }.AcceptOnlyFromAmong("none", "balanced");
        Option<ComputeDevice> device = CommonOptions.Device();
        Option<bool> strict = CommonOptions.Strict();
        Option<bool> noCache = CommonOptions.NoCache();
        var force = new Option<bool>("--force") { Description = "Replace a model that is in the output folder." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("train", "Trains a classifier on a folder of images and writes an ML.NET model.")
        {
            folder, validation, backbone, weights, output, seed, classWeights, device, strict, noCache, force, json,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var training = new HeadTraining
            {
                Folder = arguments.GetValue(folder)!,
                Validation = arguments.GetValue(validation),
                Backbone = arguments.GetValue(backbone)!,
                Weights = arguments.GetValue(weights),
                Seed = arguments.GetValue(seed),
                Head = new ClassificationHeadOptions { ClassWeights = arguments.GetValue(classWeights) == "balanced" ? ClassWeights.Balanced : ClassWeights.None },
                Strict = arguments.GetValue(strict),
                Featurizing = CommonOptions.Featurizing(arguments.GetValue(device)!, arguments.GetValue(noCache)),
            };
            string results = arguments.GetValue(output) ?? CommonOptions.DefaultOutput(training.Folder, "model");
            await WeightsProgress.EnsureAsync(training.Backbone, training.Weights, cancellationToken);
            await Task.Run(() => Run(training, results, arguments.GetValue(force), arguments.GetValue(json), cancellationToken), cancellationToken);
        });
        return command;
    }

    private static void Run(HeadTraining training, string output, bool force, bool json, CancellationToken cancellationToken)
    {
        using var results = new ResultFolder(output, force);
        Metrics metrics = training.Run(results, cancellationToken);
        if (json) Terminal.Json(metrics);
        else ClassificationTables.Write(Terminal.Results, metrics);
        Terminal.Say($"Wrote {ResultFolder.Model}, {ResultFolder.Backbone}, {ResultFolder.Metrics} and {ResultFolder.Report} into {output}, after {metrics.Seconds:F0} s.");
    }
}
