namespace ResNetMLNet.Trainer.Tuning;

/// <summary>What an epoch came to, as <c>history.json</c> has it.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="TrainLoss">Mean of the loss over the epoch's steps, with all that the recipe does to images and targets.</param>
/// <param name="ValidationLoss">Mean of -ln(probability of the true class) on the images to validate on.</param>
/// <param name="ValidationAccuracy">0 to 1.</param>
/// <param name="LearningRate">The last stage's at the end of the epoch.</param>
/// <param name="Seconds">Seconds of training until then, those of earlier sessions included.</param>
internal sealed record EpochFigures(int Epoch, double TrainLoss, double ValidationLoss, double ValidationAccuracy, double LearningRate, double Seconds);

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

    /// <summary>Seconds of training until now.</summary>
    public double Seconds { get; init; }

    public IReadOnlyList<EpochFigures> History { get; init; } = [];

    /// <summary>The epoch of the best validation: most right, and of those that of the smallest loss.</summary>
    public EpochFigures? Best => History.OrderByDescending(epoch => epoch.ValidationAccuracy).ThenBy(epoch => epoch.ValidationLoss).FirstOrDefault();
}
