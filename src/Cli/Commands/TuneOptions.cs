using System.CommandLine;
using System.CommandLine.Parsing;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The options of <c>train</c> that train more than a head.</summary>
internal sealed class TuneOptions
{
    private readonly Option<Tune> tune = new("--tune")
    {
        Description = "What to train: head (a linear classifier on the frozen backbone), last-stage, all, or scratch (everything, from random weights).",
        HelpName = string.Join('|', Kinds.Keys),
        CustomParser = result => Kinds.TryGetValue(result.Tokens[0].Value, out Tune kind) ? kind : Refuse(result, Kinds.Keys),
    };

    private readonly Option<string?> recipe = new("--recipe")
    {
        Description = $"How to train: {string.Join(", ", Recipe.Named.Keys)}, or a JSON file with the settings that differ from the default. The default is finetune, " +
            "and bag-of-tricks with --tune scratch. Every setting is also an option.",
    };

    private readonly Option<string?> resume = new("--resume") { Description = "Continue an interrupted training in this result folder." };
    private readonly Option<double?> maxMinutes = new Option<double?>("--max-minutes")
    {
        Description = "End training after so many minutes, and make the model from what was reached by then.",
        HelpName = "MINUTES",
    }.InMinutes();
    private readonly Option<double?> checkpointMinutes = new Option<double?>("--checkpoint-minutes")
    {
        Description = $"Also save within an epoch, every so many minutes; by default {new TrainingOptions().CheckpointInterval.TotalMinutes}.",
        HelpName = "MINUTES",
    }.InMinutes();
    private readonly Option<string?> logFolder = new("--log-folder")
    {
        Description = "A folder to write TensorBoard's event files and history.csv to while the backbone is trained.",
        HelpName = "DIR",
    };
    private readonly RecipeOptions settings = new();

    private static readonly Dictionary<string, Tune> Kinds = Enum.GetValues<Tune>().ToDictionary(kind => RecipeSettings.Text(kind));

    public void AddTo(Command command)
    {
        AddSettingsTo(command);
        command.Add(maxMinutes);
        command.Add(resume);
        command.Add(checkpointMinutes);
        command.Add(logFolder);
    }

    /// <summary>What is trained and how, without what concerns a single run.</summary>
    public void AddSettingsTo(Command command)
    {
        command.Add(tune);
        command.Add(recipe);
        settings.AddTo(command);
    }

    /// <summary>The result folder of the training to go on with; null where one is to be started.</summary>
    public string? Resume(ParseResult arguments) => arguments.GetValue(resume);

    /// <summary>Makes the training that the options ask for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="options">What else was asked for; where a training goes on, what no option changes.</param>
    /// <param name="usual">The recipe where none is named.</param>
    /// <exception cref="UserException">Options are given that do not go with each other.</exception>
    /// <exception cref="TrainingException">A setting has a value that it cannot have.</exception>
    public TrainingOptions Read(ParseResult arguments, TrainingOptions options, Func<Tune, Recipe> usual)
    {
        Tune kind = options.Resume && arguments.GetResult(tune) is null ? options.Tune : arguments.GetValue(tune);
        if (kind == Tune.Head)
        {
            if (settings.Given(arguments) || new Option[] { recipe, maxMinutes, checkpointMinutes, logFolder }.Any(
                option => arguments.GetResult(option) is not null))
                throw new UserException("A recipe and its settings are for training the network, and --tune head trains only a linear classifier. Add --tune all or --tune last-stage.");
            return options with { Tune = kind, Recipe = null };
        }
        using var progress = new TerminalProgress();
        Recipe start = arguments.GetValue(recipe) is string named
            ? RecipeSettings.Read(named, usual(kind), progress)
            : options.Recipe ?? usual(kind);
        return options with
        {
            Tune = kind,
            Recipe = settings.Apply(start, arguments),
            TimeLimit = Minutes(arguments, maxMinutes),
            LogFolder = arguments.GetValue(logFolder),
            CheckpointInterval = Minutes(arguments, checkpointMinutes) ?? options.CheckpointInterval,
        };
    }

    private static TimeSpan? Minutes(ParseResult arguments, Option<double?> option) =>
        arguments.GetValue(option) is double minutes ? TimeSpan.FromMinutes(minutes) : null;

    private static Tune Refuse(ArgumentResult result, IEnumerable<string> kinds)
    {
        result.AddError($"--tune is '{result.Tokens[0].Value}'; it takes {string.Join(" or ", kinds)}.");
        return default;
    }
}
