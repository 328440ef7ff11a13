using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Commands;

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

    /// <summary>Exports the backbone into a file that is gone when it is open.</summary>
    public async Task<ImageFeaturizer> OpenAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string name = arguments.GetValue(backbone)!;
        FeaturizeImagesOptions options = featurizing.Read(arguments);
        InitialWeights initial = weights.Read(arguments);
        await WeightsProgress.EnsureAsync(name, initial, cancellationToken);
        using var folder = new ScratchFolder();
        string path = folder[ResultFolder.Backbone];
        BackboneExport.Write(name, initial, imageSize: null, path);
        ImageFeaturizer featurizer = ImageFeaturizer.Open(path, options);
        Terminal.Say($"Device: {featurizer.Device}");
        return featurizer;
    }
}
