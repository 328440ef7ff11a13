using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The folders that images are taken from, where a user may name the one above: <see cref="DataSetParts"/>.</summary>
/// <param name="Train">Images to train on.</param>
/// <param name="Validation">Images to validate on; null holds some of the others back.</param>
internal sealed record DataFolders(string Train, string? Validation)
{
    /// <summary>Chooses them, and says which where the folder that was named holds parts.</summary>
    public static DataFolders ToTrain(string folder, string? validation, IProgress<TrainingEvent>? progress)
    {
        // What is missing is named where it is listed.
        if (!Directory.Exists(folder) || DataSetParts.Find(folder) is not { } parts) return new DataFolders(folder, validation);
        string? part = parts.Validation ?? parts.Test;
        string validated = validation is not null ? $"'{validation}'"
            : part is not null ? $"'{part}'"
            : "a fifth of each class of it";
        string rest = validation is null && parts is { Validation: not null, Test: string test }
            ? $" '{test}' is left to measure the model on."
            : "";
        progress.Say(
            $"'{folder}' holds the parts of a data set ({parts.Names}): training on '{parts.Train}', validating on {validated}.{rest}");
        return new DataFolders(parts.Train, validation ?? part);
    }

    /// <summary>Chooses the images to measure a model on: those that it was neither trained nor chosen by, where there are any.</summary>
    /// <exception cref="TrainingException">There are only images to train on.</exception>
    public static string ToMeasure(string folder, IProgress<TrainingEvent>? progress)
    {
        if (DataSetParts.Find(folder) is not { } parts) return folder;
        string part = parts.Test ?? parts.Validation
            ?? throw new TrainingException(
                $"'{folder}' holds '{parts.Train}' only, which a model is trained on. Name the folder to measure on.");
        progress.Say($"'{folder}' holds the parts of a data set ({parts.Names}): measuring on '{part}'.");
        return part;
    }
}
