using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>Where a training is: all that a checkpoint holds besides tensors.</summary>
internal sealed record TuningProgress
{
    /// <summary>Epochs that are done, validation included.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done of the epoch that is under way.</summary>
    public int Step { get; init; }

    /// <summary>Steps of the optimizer done in all.</summary>
    public int Updates { get; init; }

    /// <summary>Sum of the loss over the steps done of the epoch under way.</summary>
    public double LossSum { get; init; }

    /// <summary>How the loss is scaled in half precision.</summary>
    public LossScaling Scaling { get; init; } = LossScaling.First;

    /// <summary>Seconds of training until now.</summary>
    public double Seconds { get; init; }

    public IReadOnlyList<TrainingEpoch> History { get; init; } = [];

    /// <summary>Whether there is nothing more to train: all epochs are done, or too many without a better one.</summary>
    public bool IsOver(Recipe recipe) =>
        Epoch >= recipe.Epochs || (recipe.Patience > 0 && Epoch - (Best?.Epoch ?? Epoch) >= recipe.Patience);

    /// <summary>The epoch of the best validation, the first of equals.</summary>
    [JsonIgnore]
    public TrainingEpoch? Best => History.Count == 0 ? null : History.Aggregate((best, epoch) => epoch.IsBetterThan(best) ? epoch : best);
}
