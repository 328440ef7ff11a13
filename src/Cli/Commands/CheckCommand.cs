using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>check</c>: what is wrong with data before anything is trained on them.</summary>
internal static class CheckCommand
{
    // Of one kind; the files have them all.
    private const int Shown = 5;

    public static Command Create()
    {
        var data = new Argument<string>("DATA")
        {
            Description = "A folder with a folder of images for each class, or one of train, val and test above those; a folder of images without "
                + "classes; or a list of images and classes, labels or numbers.",
        };
        Option<string?> validation = new("--validation") { Description = "Data like DATA to measure on, to be checked along with it." };
        var report = new Option<string?>("--report")
        {
            Description = "An HTML file to write what was found to, with small copies of the images.",
            HelpName = "FILE",
        };
        var csv = new Option<string?>("--csv")
        {
            Description = "A CSV file to write a row for each finding about an image to. Delete the rows of images to keep, and name it with "
                + "--exclude of train to leave the others out.",
            HelpName = "FILE",
        };
        var regression = new Option<bool>("--regression") { Description = "DATA is a list of images and numbers." };
        var multiLabel = new Option<bool>("--multi-label")
        {
            Description = "DATA is a list of images and any number of labels for each; so without the option where a row has several.",
        };
        var columns = new ListOptions();
        var network = new BackboneOptions();
        var strict = new Option<bool>("--strict") { Description = "Exit with 1 if anything is found." };
        var force = new Option<bool>("--force") { Description = "Replace files that are there." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "check", "Checks images before training: damaged, dark, blurred or tiny ones, copies, doubtful labels, outliers, small classes.")
        {
            data, validation, report, csv, regression, multiLabel, strict, force, json,
        };
        columns.AddTo(command);
        network.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            string named = arguments.GetValue(data)!;
            string? page = arguments.GetValue(report), table = arguments.GetValue(csv), others = arguments.GetValue(validation);
            bool numbers = arguments.GetValue(regression), labels = arguments.GetValue(multiLabel);
            if (numbers && labels)
                throw new UserException("--multi-label is for lists of labels, and --regression for lists of numbers. Leave one of them out.");
            ImageListOptions lists = columns.Read(arguments, named);
            // before minutes are spent on the images
            RequireFree([page, table], [named, others], arguments.GetValue(force));
            CheckedImages images = CheckedImages.Of(named, others, lists, numbers, labels);
            using IDisposable held = images.Data;
            DataCheckReport found;
            using (ImageFeaturizer featurizer = network.Open(arguments, cancellationToken))
            {
                using var progress = new TerminalProgress();
                found = images.Check(featurizer, new DataCheckOptions { Pretrained = network.IsPretrained(arguments) }, progress, cancellationToken);
            }

            string again = CommandText.Of("check",
            [
                named, .. CommandText.Option("--validation", others), .. numbers ? ["--regression"] : Array.Empty<string>(),
                .. labels ? ["--multi-label"] : Array.Empty<string>(), .. ListOptions.Arguments(lists), .. network.Arguments(arguments),
                .. CommandText.Option("--report", page), .. CommandText.Option("--csv", table), "--force",
            ]);
            if (page is not null) found.SavePage(page, again, cancellationToken);
            if (table is not null) found.WriteCsv(table);
            if (arguments.GetValue(json)) Terminal.Json(found.Findings);
            else Print(found);
            foreach (string file in new[] { page, table }.OfType<string>()) Terminal.Say($"Wrote {file}.");
            if (arguments.GetValue(strict) && found.Findings.Count > 0)
                throw new UserException($"{Count(found.Findings.Count, "finding")} in '{named}'. Without --strict that is no error.");
        }, cancellationToken));
        return command;
    }

    private static void RequireFree(IEnumerable<string?> written, IReadOnlyList<string?> read, bool force)
    {
        foreach (string file in written.OfType<string>())
        {
            if (read.OfType<string>().Any(source => Path.GetFullPath(source) == Path.GetFullPath(file)))
                throw new UserException($"'{file}' is what is checked. Name another file to write to.");
            if (File.Exists(file) && !force) throw new UserException($"'{file}' is there already. Add --force to replace it.");
        }
    }

    private static void Print(DataCheckReport report)
    {
        foreach (IGrouping<string, DataFinding> kind in report.ByKind)
        {
            DataFinding[] findings = [.. kind];
            Terminal.Print($"{kind.Key}: {findings.Length}");
            foreach (DataFinding finding in findings.Take(Shown))
                Terminal.Print($"  {(finding.Path is null ? "" : $"{finding.Path}: ")}{finding.Message}");
            if (findings.Length > Shown) Terminal.Print($"  and {findings.Length - Shown} more, which --report, --csv and --json show");
            foreach (string remedy in findings.Select(finding => finding.Remedy).Distinct()) Terminal.Print($"  {remedy}");
        }

        foreach (string note in report.NotChecked) Terminal.Say(note);
        Terminal.Print($"{Count(report.Findings.Count, "finding")} in {Count(report.Images, "image")}.");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>What is checked, and how.</summary>
    /// <param name="Data">May hold temporary files.</param>
    /// <param name="Check">Checks it.</param>
    private sealed record CheckedImages(
        IDisposable Data, Func<ImageFeaturizer, DataCheckOptions, IProgress<TrainingEvent>, CancellationToken, DataCheckReport> Check)
    {
        public static CheckedImages Of(string data, string? validation, ImageListOptions lists, bool numbers, bool labels)
        {
            bool isList = ImageList.IsOne(data);
            if (numbers)
            {
                var values = RegressionDataSet.FromList(data, validation, lists);
                return new(values, (featurizer, options, progress, stop) => DataCheck.Run(values, featurizer, options, progress, stop));
            }

            if (labels || (isList && MultiLabelDataSet.HasSeveralLabels(data, lists)))
            {
                MultiLabelDataSet labelled = LabelledList.Read(data, validation, lists);
                return new(labelled, (featurizer, options, progress, stop) => DataCheck.Run(labelled, featurizer, options, progress, stop));
            }

            if (isList ? ImageList.Open(data, lists).HasLabels : ImageFolder.HasClassFolders(data))
            {
                ImageDataSet classes = ClassImages.Read(data, validation, lists);
                return new(classes, (featurizer, options, progress, stop) => DataCheck.Run(classes, featurizer, options, progress, stop));
            }

            if (validation is not null)
                throw new UserException($"'{data}' has no classes, so there is nothing to compare with --validation. Leave it out.");
            var files = ImageFiles.Of(data, lists);
            return new(files, (featurizer, options, progress, stop) => DataCheck.Run(files, featurizer, options, progress, stop));
        }
    }
}
