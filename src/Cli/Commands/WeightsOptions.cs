using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Which weights a backbone starts with; one rule for every verb that takes a backbone.</summary>
internal sealed class WeightsOptions
{
    private readonly Option<string?> weights = new("--weights")
    {
        Description = "A weights file (.safetensors, .pth, TorchSharp's), or a name that `weights list` lists, which is downloaded. " +
            "By default, the best public weights, which `models` names.",
    };

    private readonly Option<bool> fresh = Fresh();

    /// <summary>The options, to be added to a command.</summary>
    public IReadOnlyList<Option> All => [weights, fresh];

    public static Option<bool> Fresh() =>
        new("--fresh") { Description = "Start from random weights instead of the best public ones. The features of a network that is not trained afterwards are poor." };

    public void AddTo(Command command)
    {
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>What was asked for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="tune">What is trained: from scratch means from fresh weights.</param>
    /// <param name="otherwise">What counts where neither option is given; by default the best public weights.</param>
    /// <exception cref="UserException">Weights were named and fresh ones asked for.</exception>
    public InitialWeights Read(ParseResult arguments, Tune tune = Tune.Head, InitialWeights? otherwise = null) =>
        (arguments.GetValue(weights), arguments.GetValue(fresh)) switch
        {
            (string name, _) when tune == Tune.Scratch =>
                throw new UserException($"--tune scratch starts from random weights, and --weights from those of '{name}'. Leave --weights out, or use --tune all."),
            _ when tune == Tune.Scratch => InitialWeights.Fresh,
            (string name, true) =>
                throw new UserException($"--fresh starts from random weights, and --weights from those of '{name}'. Leave one of them out."),
            (null, true) => InitialWeights.Fresh,
            (string name, false) => InitialWeights.Named(name),
            _ => otherwise ?? InitialWeights.Best,
        };
}
