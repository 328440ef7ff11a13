using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>
/// An epoch of a training, and what its validation showed: <see cref="EpochRecord"/> where classes are learned,
/// <see cref="RegressionEpoch"/> where numbers are, <see cref="MultiLabelEpoch"/> where labels are. A head on frozen features
/// has no epochs.
/// </summary>
[JsonConverter(typeof(TrainingEpochJson))]
public abstract record TrainingEpoch : TrainingEvent
{
    private protected TrainingEpoch()
    {
    }

    /// <summary>From 1.</summary>
    public abstract int Epoch { get; init; }

    /// <summary>Mean over the epoch's images, as trained: with augmentation and smoothed labels where there are any.</summary>
    public abstract double TrainLoss { get; init; }

    /// <summary>Mean over the validation images after the epoch, without either.</summary>
    public abstract double ValidationLoss { get; init; }

    /// <summary>The last stage's, at the epoch's end.</summary>
    public abstract double LearningRate { get; init; }

    /// <summary>Of training until then, those of earlier sessions included.</summary>
    public abstract double Seconds { get; init; }

    /// <summary>What the validation showed besides the loss: the figures' names and values.</summary>
    internal abstract IReadOnlyList<(string Name, double Value)> Figures { get; }

    /// <summary>Whether its weights are to be kept in place of those of an earlier epoch.</summary>
    internal abstract bool IsBetterThan(TrainingEpoch earlier);
}
