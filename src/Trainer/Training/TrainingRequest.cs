using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a training of any kind is asked for.</summary>
internal sealed record TrainingRequest
{
    public required string Folder { get; init; }

    /// <summary>Images to validate on; without it a fifth of each class is held back.</summary>
    public string? Validation { get; init; }

    public required string Backbone { get; init; }

    public InitialWeights Weights { get; init; } = InitialWeights.Best;

    /// <summary>Height and width of the network's input; null is the backbone's own.</summary>
    public int? ImageSize { get; init; }

    public required int Seed { get; init; }

    public required ClassificationHeadOptions Head { get; init; }

    public required bool Strict { get; init; }

    /// <summary>Whether classes without images that can be read are left out; they are an error otherwise.</summary>
    public bool AllowMissingClasses { get; init; }

    public required FeaturizeImagesOptions Featurizing { get; init; }

    /// <summary>The same with the folders that are trained and validated on, where the one above them is named.</summary>
    public TrainingRequest WithParts()
    {
        DataFolders folders = DataFolders.ToTrain(Folder, Validation);
        return this with { Folder = folders.Train, Validation = folders.Validation };
    }
}
