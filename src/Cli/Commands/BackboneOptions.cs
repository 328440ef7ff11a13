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

    /// <summary>Opens the backbone as a featurizer.</summary>
    public ImageFeaturizer Open(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var progress = new TerminalProgress();
        return BackboneTrainer.OpenFeaturizer(
            arguments.GetValue(backbone)!, weights.Read(arguments), featurizing.Read(arguments), progress, cancellationToken);
    }
}
