using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Tuning;

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

    /// <summary>Factor on the loss in half precision, which keeps small gradients from becoming zero.</summary>
    public double LossScale { get; init; } = 65536;

    /// <summary>Updates in half precision since one was left out.</summary>
    public int UpdatesAtScale { get; init; }

    /// <summary>Seconds of training until now.</summary>
    public double Seconds { get; init; }

    public IReadOnlyList<EpochRecord> History { get; init; } = [];

    /// <summary>The epoch of the best validation: most right, and of those that of the smallest loss.</summary>
    public EpochRecord? Best => History.OrderByDescending(epoch => epoch.ValidationAccuracy).ThenBy(epoch => epoch.ValidationLoss).FirstOrDefault();
}
