using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>evaluate</c>: a model on images whose class is known.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var folder = new Argument<string>("FOLDER") { Description = "A folder with a folder of images for each class." };
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("evaluate", "Measures a model on a folder of images.") { model, folder, strict, json };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(folder)!, featurizing.Read(arguments),
            arguments.GetValue(strict), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(string model, string folder, FeaturizeImagesOptions featurizing, bool strict, bool json, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyList<LabeledImage> images = ImageFolder.List(folder);
        using ImageClassifier classifier = CommonOptions.Load(model, featurizing);
        FeaturizedImages featurized = FeaturizedImages.Of(classifier.Featurizer, images, strict, cancellationToken);
        ClassificationReport report = ClassificationReport.Of(new MLContext(), classifier.Head, featurized.Images);
        var metrics = Metrics.Of(report, classifier.Featurizer, featurized.Skipped, trainImages: 0, clock.Elapsed);
        if (json) Terminal.Json(metrics);
        else ClassificationTables.Write(Terminal.Results, metrics);
    }
}
