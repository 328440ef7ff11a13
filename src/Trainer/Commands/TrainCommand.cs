using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;
using ResNetMLNet.Trainer.Tuning;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>train</c>: a folder of photos in, a model to ship out.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = "A folder with a folder of images for each class.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> validation = CommonOptions.Validation();
        Option<string> backbone = CommonOptions.Backbone();
        var weights = new WeightsOptions();
        var output = new Option<string?>("--output", "-o") { Description = "The folder to write model.zip, backbone.onnx, metrics.json and report.html to; by default, FOLDER's name with -model appended." };
        Option<int> seed = CommonOptions.Seed();
        Option<string> classWeights = CommonOptions.ClassWeights();
        Option<int?> imageSize = CommonOptions.ImageSize("Height and width of the network's input in pixels; by default, the backbone's own.");
        var tuning = new TuneOptions();
        var tryRates = new Option<bool>("--try-learning-rates") { Description = "Train nothing: try learning rates from tiny to huge, print the loss at each, and suggest a --learning-rate." };
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var force = new Option<bool>("--force") { Description = "Replace the result of an earlier run in the output folder." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("train", "Trains a classifier on a folder of images and writes an ML.NET model.")
        {
            folder, validation, backbone, output, seed, classWeights, imageSize, strict, allowMissingClasses, force, json,
        };
        weights.AddTo(command);
        tuning.AddTo(command);
        command.Add(tryRates);
        featurizing.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string? resume = tuning.Resume(arguments);
            if (resume is not null && arguments.GetValue(output) is not null)
                throw new UserException("--resume names the result folder to go on in, so --output has nothing to say. Leave one of them out.");
            TuningConfiguration? before = resume is null ? null : TuningConfiguration.Load(resume);
            // What is not said is as it was, where a training goes on.
            T Get<T>(Option<T> option, T? was) => before is null || arguments.GetResult(option) is { Implicit: false } ? arguments.GetValue(option)! : was!;
            ClassificationHeadOptions head = CommonOptions.Head(Get(classWeights, before?.ClassWeights));
            (TuneKind tune, Recipe recipe) = tuning.Of(arguments, before, head);
            string named = arguments.GetValue(folder) ?? before?.Folder ?? throw new UserException("FOLDER is missing: name a folder that has a folder of images for each class.");
            var request = new TrainingRequest
            {
                Folder = named,
                Validation = Get(validation, before?.Validation),
                Backbone = Get(backbone, before?.Backbone),
                Weights = weights.Read(arguments, tune, before?.InitialWeights),
                ImageSize = Get(imageSize, before?.ImageSize),
                Seed = Get(seed, before?.Seed ?? 0),
                Head = head,
                Strict = arguments.GetValue(strict),
                AllowMissingClasses = arguments.GetValue(allowMissingClasses),
                Featurizing = featurizing.Read(arguments, before?.Device),
            };
            string target = resume ?? arguments.GetValue(output) ?? OutputPlace.Default("model", named, request.Validation);
            request = request.WithParts();
            if (resume is null) OutputPlace.RequireOutside(target, request.Folder, request.Validation);
            TuningRun Tuned() => new(request, tune, recipe)
            {
                Limit = tuning.Limit(arguments),
                CheckpointInterval = tuning.CheckpointInterval(arguments),
                Device = TuneOptions.Device(request.Featurizing.Device),
                Resume = resume is not null,
                Restart = arguments.GetValue(force),
            };
            await WeightsProgress.EnsureAsync(request.Backbone, request.Weights, cancellationToken);
            await FirstThread.Run(() =>
            {
                if (arguments.GetValue(tryRates)) LearningRateTables.Write(Tuned().TryLearningRates(cancellationToken), arguments.GetValue(json));
                else Run(results => tune == TuneKind.Head ? HeadTraining.Run(request, results, cancellationToken) : Tuned().Run(results, cancellationToken), target, arguments.GetValue(force) || resume is not null, arguments.GetValue(json));
            });
        });
        return command;
    }

    private static void Run(Func<ResultFolder, Metrics> train, string output, bool force, bool json)
    {
        using var results = new ResultFolder(output, force);
        Metrics metrics = train(results);
        if (json) Terminal.Json(metrics);
        else ClassificationTables.Write(metrics);
        ProblemLines.Say(metrics);
        Terminal.Say($"Wrote {ResultFolder.Model}, {ResultFolder.Backbone}, {ResultFolder.Metrics} and {ResultFolder.Report} into {output}, after {metrics.Seconds:F0} s.");
    }
}
