using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The options of verbs that take features of a backbone and keep none of it.</summary>
internal sealed class BackboneOptions
{
    private readonly Option<string> backbone = CommonOptions.Backbone();
    private readonly WeightsOptions weights = new();
    private readonly FeaturizingOptions featurizing = new();

    public void AddTo(Command command)
    {
        command.Add(backbone);
        weights.AddTo(command);
        featurizing.AddTo(command);
    }

    /// <summary>How a network runs.</summary>
    public FeaturizeImagesOptions Featurizing(ParseResult arguments) => featurizing.Read(arguments);

    /// <exception cref="UserException">A backbone or its weights are named beside an option that brings a network.</exception>
    public void RequireNone(ParseResult arguments, string beside)
    {
        if (arguments.FirstGiven(weights.All.Prepend(backbone)) is Option option)
            throw new UserException($"{beside} brings backbone and weights, and {option.Name} names others. Leave one of them out.");
    }

    /// <summary>Whether the network has learned to see, or has random weights.</summary>
    public bool IsPretrained(ParseResult arguments) => !weights.Read(arguments).IsFresh;

    /// <summary>How a command line names the network.</summary>
    public IEnumerable<string> Arguments(ParseResult arguments)
    {
        InitialWeights initial = weights.Read(arguments);
        return
        [
            "--backbone", arguments.GetValue(backbone)!, .. CommandText.Option("--weights", initial.Name),
            .. initial.IsFresh ? ["--fresh"] : Array.Empty<string>(),
        ];
    }

    /// <summary>Opens the backbone as a featurizer.</summary>
    public ImageFeaturizer Open(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var progress = new TerminalProgress();
        return BackboneTrainer.OpenFeaturizer(
            arguments.GetValue(backbone)!, weights.Read(arguments), featurizing.Read(arguments), progress, cancellationToken);
    }
}
