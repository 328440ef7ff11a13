using System.Text.Json;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A network in single precision, as a file or in a model, that is to be quantized.</summary>
internal sealed record SourceNetwork
{
    // Where the first is missing, the next one is compared.
    private static readonly BackboneOutput[] compared =
    [
        BackboneOutput.Features, BackboneOutput.Logits, BackboneOutput.Layer4, BackboneOutput.Layer3, BackboneOutput.Layer2,
        BackboneOutput.Layer1,
    ];

    /// <summary>The network.</summary>
    public required ModelProto Model { get; init; }

    /// <summary>Names it in messages.</summary>
    public required string Name { get; init; }

    /// <summary>Size of its file.</summary>
    public required long Bytes { get; init; }

    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>The output that is compared.</summary>
    public required string FeaturesOutput { get; init; }

    /// <summary>The output with a number for each class; null where there is none.</summary>
    public string? ScoresOutput { get; init; }

    /// <summary>What classifies by the network; null where it has no classifier.</summary>
    public ComparedClassifier? Classifier { get; init; }

    /// <summary>How images are decoded.</summary>
    public required FeaturizeImagesOptions Featurizing { get; init; }

    /// <summary>Reads an exported file.</summary>
    /// <exception cref="InvalidDataException">It is not a backbone in single precision.</exception>
    public static SourceNetwork OfFile(string path, FeaturizeImagesOptions featurizing)
    {
        byte[] bytes = File.ReadAllBytes(path);
        ModelProto model = OnnxGuard.Read(bytes, DisplayText.Of(path, 300));
        HashSet<string> outputs = [.. model.Graph.Output.Select(output => output.Name)];
        BackboneOutput output = compared.FirstOrDefault(output => outputs.Contains(BackboneFile.NameOf(output)));
        using BackboneFile file = BackboneFile.OpenChecked(
            bytes, path, featurizing with { Output = output, Device = ComputeDevice.Cpu }, CudaProbe.ThisMachine);
        string? scores = new[] { OnnxContract.Probabilities, OnnxContract.Logits }.FirstOrDefault(outputs.Contains);
        return Checked(new SourceNetwork
        {
            Model = model,
            Name = file.Name,
            Bytes = bytes.Length,
            Preprocessing = file.Preprocessing,
            FeaturesOutput = file.OutputName,
            ScoresOutput = scores,
            Classifier = scores is null ? null : ComparedClassifier.OfScores(Labels(file)),
            Featurizing = featurizing,
        });
    }

    /// <summary>Takes a model's.</summary>
    /// <inheritdoc cref="OfFile"/>
    public static SourceNetwork OfModel(ImageClassifier classifier)
    {
        ImageFeaturizer featurizer = classifier.Featurizer;
        return Checked(new SourceNetwork
        {
            Model = ModelProto.Parser.ParseFrom(featurizer.Model),
            Name = featurizer.Name,
            Bytes = featurizer.Model.Length,
            Preprocessing = featurizer.Preprocessing,
            FeaturesOutput = featurizer.Backbone.OutputName,
            Classifier = ComparedClassifier.OfModel(classifier),
            Featurizing = featurizer.Options,
        });
    }

    private static SourceNetwork Checked(SourceNetwork source)
    {
        string? flaw = NetworkFlaws.Find(source.Model);
        return flaw is null ? source : throw new InvalidDataException($"'{source.Name}' {flaw}");
    }

    private static string[]? Labels(BackboneFile file)
    {
        try
        {
            return file.Metadata.TryGetValue(OnnxContract.Keys.Labels, out string? labels)
                ? JsonSerializer.Deserialize<string[]>(labels) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
