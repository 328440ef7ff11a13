using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

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
        var command = new Command("evaluate", "Evaluates a model on a folder of labelled images.") { model, folder, strict,
            allowMissingClasses, report, json };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(folder)!, featurizing.Read(arguments),
            arguments.GetValue(strict), arguments.GetValue(allowMissingClasses), arguments.GetValue(report), arguments.GetValue(json),
            cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(
        string model, string folder, FeaturizeImagesOptions featurizing, bool strict, bool allowMissingClasses, string? page, bool json,
        CancellationToken cancellationToken)
    {
        // before seconds are spent on the model
        if (!Path.Exists(folder)) throw new UserException($"The folder '{folder}' does not exist.");
        using ImageClassifier classifier = CommonOptions.Load(model, featurizing);
        using var progress = new TerminalProgress();
        var evaluation = ModelEvaluation.Of(classifier, folder, strict, allowMissingClasses, progress, cancellationToken);
        if (page is not null)
        {
            evaluation.SaveReport(page, model, CommandText.Of("evaluate", model, folder, "--report", page), cancellationToken);
            Terminal.Say($"Wrote {page}.");
        }
        if (json) Terminal.Json(evaluation.Metrics);
        else ClassificationTables.Write(evaluation.Metrics);
        ProblemLines.Say(evaluation.Metrics);
    }
}
