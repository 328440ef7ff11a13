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
        var data = new Argument<string>("FOLDER") { Description = "A folder with a folder of images for each class, or a list of images and what the model gives: classes, labels or numbers." };
        var columns = new ListOptions();
        var featurizing = new FeaturizingOptions();
        Option<string?> exclude = CommonOptions.Exclude();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var report = new Option<string?>("--report") { Description = "An HTML file to write a report to: figures, plots, mistakes, where the model looks." };
        var baseline = new Option<string?>("--baseline")
        {
            Description = "Another trained classifier (its folder or model.zip) to compare with on the same images, by McNemar's test.",
            HelpName = "MODEL",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("evaluate", "Evaluates a model on a folder or a list of labelled images.")
        {
            model, data, exclude, strict, allowMissingClasses, report, baseline, json,
        };
        columns.AddTo(command);
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            string named = arguments.GetValue(data)!, path = arguments.GetValue(model)!;
            string? page = arguments.GetValue(report);
            // before seconds are spent on the model
            ImageListOptions lists = columns.Read(arguments, named);
            bool isList = ImageList.IsOne(named);
            if (!isList && !Path.Exists(named)) throw new UserException($"The folder '{named}' does not exist.");
            ImageExclusion? excluded = CommonOptions.Excluded(arguments, exclude);
            using IImageModel opened = CommonOptions.Open(path, featurizing.Read(arguments));
            bool isStrict = arguments.GetValue(strict), asJson = arguments.GetValue(json);
            using var progress = new TerminalProgress();
            string? other = arguments.GetValue(baseline);
            if (other is not null && opened is not ImageClassifier { Thresholds: null })
                throw new UserException($"--baseline compares classifiers of one class, and '{path}' is not one. Leave it out.");
            string again = CommandText.Of("evaluate",
            [
                path, named, .. ListOptions.Arguments(lists), .. CommandText.Option("--exclude", excluded?.File),
                .. CommandText.Option("--baseline", other), .. CommandText.Option("--report", page),
            ]);
            if (opened is ImageRegressor regressor)
            {
                using RegressionDataSet list = RegressionDataSet.FromList(named, options: lists).Without(excluded);
                Evaluate(regressor, list, path, isStrict, page, again, asJson, progress, cancellationToken);
            }
            else if (opened is ImageClassifier { Thresholds: not null } labeler)
            {
                using MultiLabelDataSet list = MultiLabelDataSet.FromList(named, options: lists).Without(excluded);
                Evaluate(labeler, list, path, isStrict, page, again, asJson, progress, cancellationToken);
            }
            else
            {
                using ImageClassifier? second = other is null ? null : CommonOptions.Load(other, featurizing.Read(arguments));
                using ImageDataSet? list = isList ? ImageDataSet.FromList(named, options: lists).Without(excluded) : null;
                var classifier = (ImageClassifier)opened;
                bool allowed = arguments.GetValue(allowMissingClasses);
                ModelEvaluation evaluation = list is null
                    ? ModelEvaluation.Of(classifier, named, isStrict, allowed, excluded, progress, cancellationToken)
                    : ModelEvaluation.Of(classifier, list, isStrict, allowed, progress, cancellationToken);
                if (second is not null) evaluation.CompareWith(second, other!, progress, cancellationToken);
                Show(evaluation.Metrics, page, file => evaluation.SaveReport(file, path, again, cancellationToken), asJson, ClassificationTables.Write);
            }
        }, cancellationToken));
        return command;
    }

    private static void Evaluate(
        ImageRegressor regressor, RegressionDataSet data, string model, bool strict, string? page, string again, bool json,
        TerminalProgress progress, CancellationToken cancellationToken)
    {
        var evaluation = RegressionEvaluation.Of(regressor, data, strict, progress, cancellationToken);
        Show(evaluation.Metrics, page, path => evaluation.SaveReport(path, model, again, cancellationToken), json, RegressionTables.Write);
    }

    private static void Evaluate(
        ImageClassifier labeler, MultiLabelDataSet data, string model, bool strict, string? page, string again, bool json,
        TerminalProgress progress, CancellationToken cancellationToken)
    {
        var evaluation = MultiLabelEvaluation.Of(labeler, data, strict, progress, cancellationToken);
        Show(evaluation.Metrics, page, path => evaluation.SaveReport(path, model, again, cancellationToken), json, MultiLabelTables.Write);
    }

    private static void Show<T>(T metrics, string? page, Action<string> saveReport, bool json, Action<T> writeTable)
        where T : RunMetrics
    {
        if (page is not null)
        {
            saveReport(page);
            Terminal.Say($"Wrote {page}.");
        }
        ProblemLines.Say(RunFigures.Write(metrics, json, writeTable));
    }
}
