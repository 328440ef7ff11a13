using System.CommandLine;
using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;
using ResNetMLNet.Trainer.Reports.Page;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>evaluate</c>: a model on images whose class is known.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var folder = new Argument<string>("FOLDER") { Description = "A folder with a folder of images for each class." };
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var report = new Option<string?>("--report") { Description = "An HTML file to write a report to: figures, plots, mistakes, where the model looks." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("evaluate", "Evaluates a model on a folder of labelled images.") { model, folder, strict, allowMissingClasses, report, json };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(folder)!, featurizing.Read(arguments),
            arguments.GetValue(strict), arguments.GetValue(allowMissingClasses), arguments.GetValue(report), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(
        string model, string folder, FeaturizeImagesOptions featurizing, bool strict, bool allowMissingClasses, string? page, bool json, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        folder = DataFolders.ToMeasure(folder);
        ImageFolderListing listing = ImageFolder.List(folder);
        PassedOverLines.Say(listing.PassedOver);
        ClassSets.RequireImages(listing, folder, allowMissingClasses);
        using ImageClassifier classifier = CommonOptions.Load(model, featurizing);
        IReadOnlyList<LabeledImage> images = ClassSets.Known(listing, image => image.Label, classifier.Classes, allowMissingClasses);
        FeaturizedImages featurized = FeaturizedImages.Of(classifier.Featurizer, images, strict, allowMissingClasses, cancellationToken);
        ClassificationReport report = ClassificationReport.Of(classifier, featurized.Images);
        var metrics = Metrics.Of(report, classifier.Featurizer, featurized.Skipped, trainImages: 0, clock.Elapsed) with
        {
            Problems =
            [
                .. ClassSets.Problems(listing.Classes, classifier.Classes, featurized.Images.Select(image => image.Label)),
                .. ResultProblems.Find(report, balanced: false),
                .. DataProblems.Find([], featurized.Images, featurized.Skipped, cancellationToken: cancellationToken),
            ],
            PassedOver = listing.PassedOver,
        };
        if (page is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(page))!);
            ReportPage.Write(RunReport.Of(Describe(model, folder, page), classifier, metrics, featurized.Images, cancellationToken), page);
            Terminal.Say($"Wrote {page}.");
        }
        if (json) Terminal.Json(metrics);
        else ClassificationTables.Write(metrics);
        ProblemLines.Say(metrics);
    }

    private static RunDescription Describe(string model, string folder, string page) => new()
    {
        Title = DataSetName.Of(folder),
        Model = Path.TrimEndingDirectorySeparator(model),
        Command = CommandText.Of("evaluate", model, folder, "--report", page),
        Configuration = [("model", model), ("measured on", folder)],
        History = Directory.Exists(model) ? EpochRecord.Read(Path.Combine(model, ResultFolder.History)) : [],
    };
}
