using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer.Commands;

/// <summary>The options of verbs that take features of a backbone and keep none of it.</summary>
internal sealed class BackboneOptions
{
    private readonly Option<string> backbone = CommonOptions.Backbone();
    private readonly Option<string?> weights = CommonOptions.Weights();
    private readonly Option<ComputeDevice> device = CommonOptions.Device();
    private readonly Option<bool> noCache = CommonOptions.NoCache();

    public void AddTo(Command command)
    {
        command.Add(backbone);
        command.Add(weights);
        command.Add(device);
        command.Add(noCache);
    }

    /// <summary>Exports the backbone into a file that is gone when it is open.</summary>
    public async Task<ImageFeaturizer> OpenAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string name = arguments.GetValue(backbone)!;
        await WeightsProgress.EnsureAsync(name, arguments.GetValue(weights), cancellationToken);
        string folder = Directory.CreateTempSubdirectory("resnet-mlnet-").FullName;
        try
        {
            string path = Path.Combine(folder, "backbone.onnx");
            using (Backbone network = BackboneRegistry.Create(name, arguments.GetValue(weights), classes: 0))
            {
                Terminal.Say($"Backbone: {name}, weights: {network.WeightsOrigin}");
                OnnxExporter.Export(network, path);
            }
            ImageFeaturizer featurizer = ImageFeaturizer.Open(path, CommonOptions.Featurizing(arguments.GetValue(device)!, arguments.GetValue(noCache)));
            Terminal.Say($"Device: {featurizer.Device}");
            return featurizer;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
