using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Sweeping;
using ResNetMLNet.Trainer.Tuning;

namespace ResNetMLNet.Trainer.Commands;

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
            DefaultValueFactory = _ => Sweep.DefaultBackbones,
        };
        Option<bool> fresh = WeightsOptions.Fresh();
        Option<double> minutes = new Option<double>("--max-minutes")
        {
            Description = "Time for all backbones together; those that are not done by then are listed as such.",
            HelpName = "MINUTES",
            DefaultValueFactory = _ => 30,
        }.InMinutes();
        var output = new Option<string?>("--output", "-o") { Description = $"The folder to write {SweepFile.Name} and a folder for each backbone to; by default, FOLDER's name with -sweep appended." };
        Option<int> seed = CommonOptions.Seed();
        Option<string> classWeights = CommonOptions.ClassWeights();
        var featurizing = new FeaturizingOptions();
        var tuning = new TuneOptions();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var force = new Option<bool>("--force") { Description = "Start anew where there is a sweep in the output folder already. Without it, the same command goes on with one that was interrupted." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("sweep", "Trains on several backbones and shows which are accurate, fast and small.")
        {
            folder, validation, backbones, fresh, minutes, output, seed, classWeights, strict, allowMissingClasses, force, json,
        };
        tuning.AddSettingsTo(command);
        featurizing.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string named = arguments.GetValue(folder)!;
            ClassificationHeadOptions head = CommonOptions.Head(arguments.GetValue(classWeights)!);
            (TuneKind tune, Recipe recipe) = tuning.Of(arguments, before: null, head);
            SweepCandidate[] candidates = Candidates(arguments.GetValue(backbones)!, arguments.GetValue(fresh) || tune == TuneKind.Scratch ? InitialWeights.Fresh : InitialWeights.Best);
            string target = arguments.GetValue(output) ?? OutputPlace.Default("sweep", named, arguments.GetValue(validation));
            DataFolders folders = DataFolders.ToTrain(named, arguments.GetValue(validation));
            OutputPlace.RequireOutside(target, folders.Train, folders.Validation);
            var sweep = new Sweep
            {
                Candidates = candidates,
                Request = candidate => new TrainingRequest
                {
                    Folder = folders.Train,
                    Validation = folders.Validation,
                    Backbone = candidate.Backbone,
                    Weights = candidate.Weights,
                    Seed = arguments.GetValue(seed),
                    Head = head,
                    Strict = arguments.GetValue(strict),
                    AllowMissingClasses = arguments.GetValue(allowMissingClasses),
                    Featurizing = featurizing.Read(arguments),
                },
                Training = tune == TuneKind.Head ? HeadTraining.Run : (request, results, token) =>
                {
                    var run = new TuningRun(request, tune, recipe)
                    {
                        Device = TuneOptions.Device(request.Featurizing.Device),
                        Resume = !arguments.GetValue(force) && TuningConfiguration.IsUnfinished(results.Location),
                        Restart = arguments.GetValue(force),
                    };
                    return FirstThread.Run(() => run.Run(results, token)).GetAwaiter().GetResult();
                },
                Output = target,
                Overwrite = arguments.GetValue(force),
                Limit = TimeSpan.FromMinutes(arguments.GetValue(minutes)),
                Settings = Settings(arguments.GetValue(seed), arguments.GetValue(classWeights)!, arguments.GetValue(fresh), tune, recipe),
            };
            await RunAsync(sweep, arguments.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static SweepCandidate[] Candidates(string names, InitialWeights unnamed)
    {
        SweepCandidate[] candidates =
            [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => SweepCandidate.Parse(name, unnamed))];
        if (candidates.Length == 0) throw new UserException("--backbones is empty. `resnet-mlnet models` lists the names it takes.");
        return candidates.GroupBy(candidate => candidate.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new UserException($"--backbones names '{twice.Key}' twice.")
            : candidates;
    }

    private static string Settings(int seed, string classWeights, bool fresh, TuneKind tune, Recipe recipe) => string.Join(' ',
    [
        "--seed", $"{seed}", "--class-weights", classWeights, "--tune", RecipeOptions.Text(tune), .. fresh ? (string[])["--fresh"] : [],
        .. RecipeOptions.Differences(recipe, Recipes.For(tune)).SelectMany(setting => (string[])[setting.Name, setting.Value]),
    ]);

    private static async Task RunAsync(Sweep sweep, bool json, CancellationToken cancellationToken)
    {
        IReadOnlyList<SweepRun> runs = await sweep.RunAsync(cancellationToken);
        if (json) Terminal.Json(runs);
        else Terminal.Print(Table(runs));
        Terminal.Say($"Wrote {SweepFile.Name} and a folder for each backbone into {sweep.Output}.");
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
                table.Row(run.Pareto ? "*" : "", run.Name, Number(run.Accuracy, "F3"), CompareCommand.Text(run.Interval!), Number(run.LogLoss, "F3"),
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
