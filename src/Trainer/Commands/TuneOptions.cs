using System.CommandLine;
using System.CommandLine.Parsing;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Tuning;
using TorchSharp;

namespace ResNetMLNet.Trainer.Commands;

/// <summary>The options of <c>train</c> that train more than a head.</summary>
internal sealed class TuneOptions
{
    private readonly Option<TuneKind> tune = new("--tune")
    {
        Description = "What to train: head (a linear classifier on the frozen backbone), last-stage, all, or scratch (everything, from random weights).",
        HelpName = string.Join('|', Kinds.Keys),
        CustomParser = result => Kinds.TryGetValue(result.Tokens[0].Value, out TuneKind kind) ? kind : Refuse(result, Kinds.Keys),
    };

    private readonly Option<string?> recipe = new("--recipe")
    {
        Description = $"How to train: {string.Join(", ", Recipes.Named.Keys)}, or a JSON file with the settings that differ from the default. The default is finetune, " +
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
        Description = $"Also save within an epoch, every so many minutes; by default {TuningSetup.UsualCheckpointInterval.TotalMinutes}.",
        HelpName = "MINUTES",
    }.InMinutes();
    private readonly RecipeOptions settings = new();

    private static readonly Dictionary<string, TuneKind> Kinds = Enum.GetValues<TuneKind>().ToDictionary(kind => RecipeOptions.Text(kind));

    public void AddTo(Command command)
    {
        AddSettingsTo(command);
        command.Add(maxMinutes);
        command.Add(resume);
        command.Add(checkpointMinutes);
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
    /// <param name="before">The configuration of the training to go on with, which has what no option changes.</param>
    /// <param name="head">The head that the training ends with.</param>
    /// <exception cref="UserException">An option has a value that it cannot have, or one that does not go with another's.</exception>
    public (TuneKind Tune, Recipe Recipe) Of(ParseResult arguments, TuningConfiguration? before, ClassificationHeadOptions head)
    {
        TuneKind kind = before is not null && arguments.GetResult(tune) is null ? before.Tune : arguments.GetValue(tune);
        if (kind == TuneKind.Head && (settings.Given(arguments) || arguments.GetResult(recipe) is not null || arguments.GetResult(maxMinutes) is not null || arguments.GetResult(checkpointMinutes) is not null))
            throw new UserException("A recipe and its settings are for training the network, and --tune head trains only a linear classifier. Add --tune all or --tune last-stage.");
        Recipe start = arguments.GetValue(recipe) is string named ? Recipes.Find(named, Recipes.For(kind)) : before?.Recipe ?? Recipes.For(kind);
        Recipe whole = settings.Apply(start, arguments);
        if (whole.Balanced && head.ClassWeights == ClassWeights.Balanced)
            throw new UserException("--balanced shows each class equally often and --class-weights balanced gives rare classes more weight: together they balance twice. Leave one of them out.");
        if (kind == TuneKind.Scratch && whole.WeightMixing < 1)
            throw new UserException(FormattableString.Invariant($"--weight-mixing is {whole.WeightMixing}, but random weights have nothing worth keeping: with --tune scratch it has to be 1."));
        return (kind, whole);
    }

    public TimeSpan? Limit(ParseResult arguments) => Minutes(arguments, maxMinutes);

    /// <summary>Time between checkpoints within an epoch.</summary>
    public TimeSpan CheckpointInterval(ParseResult arguments) => Minutes(arguments, checkpointMinutes) ?? TuningSetup.UsualCheckpointInterval;

    private static TimeSpan? Minutes(ParseResult arguments, Option<double?> option) =>
        arguments.GetValue(option) is double minutes ? TimeSpan.FromMinutes(minutes) : null;

    /// <summary>The device that networks are trained on: by TorchSharp's packages, not by ONNX Runtime's.</summary>
    /// <exception cref="UserException">CUDA was asked for by name, and TorchSharp cannot use it.</exception>
    public static torch.Device Device(ComputeDevice device)
    {
        string name = device.ToString();
        if (name == "cpu" || (name == "auto" && !torch.cuda.is_available())) return torch.CPU;
        return torch.cuda.is_available()
            ? torch.device(name == "auto" ? "cuda" : name)
            : throw new UserException($"--device {name}: TorchSharp cannot use CUDA here. Build with -p:TorchSharpCuda=true, or train with --device cpu.");
    }

    private static TuneKind Refuse(ArgumentResult result, IEnumerable<string> kinds)
    {
        result.AddError($"--tune is '{result.Tokens[0].Value}'; it takes {string.Join(" or ", kinds)}.");
        return default;
    }
}
