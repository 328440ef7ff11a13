using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>An epoch of a classifier's training, as <c>history.json</c> lists them; a head on frozen features has none.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the epoch's images, as trained: with augmentation and smoothed labels where there are any.</param>
/// <param name="ValidationLoss">Log-loss on the validation images after the epoch.</param>
/// <param name="ValidationAccuracy">0 to 1, after the epoch.</param>
/// <param name="LearningRate">The last stage's, at the epoch's end.</param>
/// <param name="Seconds">Of training until then, those of earlier sessions included.</param>
public sealed record EpochRecord(
    int Epoch, double TrainLoss, double ValidationLoss, double ValidationAccuracy, double LearningRate, double Seconds)
    : TrainingEpoch
{
    internal override IReadOnlyList<(string Name, double Value)> Figures => [("accuracy", ValidationAccuracy)];

    /// <summary>More right, or as many with a smaller loss.</summary>
    internal override bool IsBetterThan(TrainingEpoch earlier) =>
        earlier is EpochRecord other && (ValidationAccuracy, -ValidationLoss).CompareTo((other.ValidationAccuracy, -other.ValidationLoss)) > 0;

    /// <returns>None where there is no such file.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal static IReadOnlyList<EpochRecord> Read(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return JsonSerializer.Deserialize<EpochRecord[]>(File.ReadAllText(path), JsonSerializerOptions.Web) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message}", e);
        }
    }
}
