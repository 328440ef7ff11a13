using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>sweep</c>: which backbone for these photos.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        Argument<string> folder = CommonOptions.TrainingFolder();
        Option<string?> validation = CommonOptions.Validation();
        var backbones = new Option<string>("--backbones")
        {
            Description = "Backbones separated by commas: names that `models` lists (with their best public weights), names that `weights list` lists, or BACKBONE=FILE.",
            DefaultValueFactory = _ => string.Join(',', SweepOptions.DefaultBackbones),
        };
        Option<bool> fresh = WeightsOptions.Fresh();
        Option<double> minutes = new Option<double>("--max-minutes")
        {
            Description = "Time for all backbones together; those that are not done by then are listed as such.",
            HelpName = "MINUTES",
            DefaultValueFactory = _ => 30,
        }.InMinutes();
        var output = new Option<string?>("--output",
            "-o")
        { Description = $"The folder to write sweep.json and a folder for each backbone to; by default, FOLDER's name with -sweep appended." };
        Option<int> seed = CommonOptions.Seed();
        Option<string> classWeights = CommonOptions.ClassWeights();
        Option<string?> exclude = CommonOptions.Exclude();
        var featurizing = new FeaturizingOptions();
        var tuning = new TuneOptions();
        var columns = new ListOptions();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var force = new Option<bool>("--force") { Description = "Start anew where there is a sweep in the output folder already. Without it, the same command goes on with one that was interrupted." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("sweep", "Trains on several backbones and shows which are accurate, fast and small.")
        {
            folder, validation, backbones, fresh, minutes, output, seed, classWeights, exclude, strict, allowMissingClasses, force, json,
        };
        tuning.AddSettingsTo(command);
        columns.AddTo(command);
        featurizing.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            TrainingOptions training = tuning.Read(arguments, new TrainingOptions
            {
                Seed = arguments.GetValue(seed),
                Head = CommonOptions.Head(arguments.GetValue(classWeights)!),
                Strict = arguments.GetValue(strict),
                AllowMissingClasses = arguments.GetValue(allowMissingClasses),
                Featurizing = featurizing.Read(arguments),
            }, Recipe.For);
            InitialWeights unnamed = arguments.GetValue(fresh) || training.Tune == Tune.Scratch
                ? InitialWeights.Fresh
                : InitialWeights.Best;
            string named = arguments.GetValue(folder)!;
            ImageListOptions lists = columns.Read(arguments, named);
            ImageExclusion? excluded = CommonOptions.Excluded(arguments, exclude);
            using ImageDataSet data = ClassImages.Read(named, arguments.GetValue(validation), lists).Without(excluded);
            var options = new SweepOptions
            {
                Candidates = Candidates(arguments.GetValue(backbones)!, unnamed),
                Training = training with { Weights = unnamed },
                ResultFolder = arguments.GetValue(output) ?? data.DefaultResultFolder("sweep"),
                Overwrite = arguments.GetValue(force),
                Explain = e => Runner.Message(ExplainedErrors.Cause(e)),
                TimeLimit = TimeSpan.FromMinutes(arguments.GetValue(minutes)),
            };
            await FirstThread.Run(() => Run(data, options, arguments.GetValue(json), cancellationToken));
        });
        return command;
    }

    private static SweepCandidate[] Candidates(string names, InitialWeights unnamed) =>
        [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(
            name => SweepCandidate.Parse(name, unnamed))];

    private static void Run(ImageDataSet data, SweepOptions options, bool json, CancellationToken cancellationToken)
    {
        using var progress = new TerminalProgress();
        IReadOnlyList<SweepRun> runs = BackboneSweep.Run(data, options, progress, cancellationToken);
        if (json) Terminal.Json(runs);
        else Terminal.Print(Table(runs));
        Terminal.Say($"Wrote sweep.json and a folder for each backbone into {options.ResultFolder}.");
        int failed = runs.Count(run => !run.Done);
        if (failed > 0)
        {
            throw new UserException(
                $"{(failed == runs.Count ? "No backbone was trained" : $"{failed} of {runs.Count} backbones were not trained")}; the reasons are above. "
                + "The same command tries those again.");
        }
    }

    private static TextTable Table(IReadOnlyList<SweepRun> runs)
    {
        TextTable table = new TextTable(rounded: true, "* no other is as accurate, as fast and as small").Left("", "backbone")
            .Right("accuracy", "95 % interval", "log-loss", "images/s", "file", "seconds");
        foreach (SweepRun run in runs.OrderByDescending(run => run.Accuracy ?? -1))
        {
            if (run.Done)
            {
                table.Row(run.Pareto ? "*" : "", run.Name, Number(run.Accuracy, "F3"), CompareCommand.Text(run.Interval!), Number(
                    run.LogLoss, "F3"),
                    Number(run.ImagesPerSecond, "F1"), CompareCommand.Megabytes(run.FileBytes!.Value), Number(run.Seconds, "F0"));
            }
            else
            {
                table.Row("", run.Name, "-", "-", "-", "-", "-", "-");
            }
        }
        return table;
    }

    private static string Number(double? value, string format) => value!.Value.ToString(format, CultureInfo.InvariantCulture);
}
