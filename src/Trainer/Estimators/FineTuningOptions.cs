using Microsoft.ML;

namespace ResNetMLNet.Trainer;

/// <summary>How a <see cref="FineTunedBackboneEstimator"/> trains.</summary>
public sealed record FineTuningOptions
{
    /// <summary>The column of images: paths (text), the content of image files (vectors of bytes) or <c>MLImage</c>s.</summary>
    public string ImageColumnName { get; init; } = "ImagePath";

    /// <summary>The column of what is learned.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>
    /// What is trained, and how: all of resnet18_mlnet by default. Its seed counts where the <see cref="MLContext"/> has none. A
    /// <see cref="TrainingOptions.ResultFolder"/> takes the report and the other results, and lets a training go on that was stopped.
    /// </summary>
    public TrainingOptions Training { get; init; } = new() { Tune = Tune.All };

    /// <summary>
    /// Images to validate on, in columns of the same names; null holds <see cref="TrainingOptions.ValidationFraction"/> of each class back.
    /// </summary>
    public IDataView? Validation { get; init; }

    /// <summary>
    /// Hears of steps, epochs and messages on the training's own threads. The listeners of <see cref="MLContext.Log"/> hear of epochs and
    /// messages too.
    /// </summary>
    public IProgress<TrainingEvent>? Progress { get; init; }

    /// <summary>
    /// Stops <c>Fit</c>, within a step. Whatever cancels the <see cref="MLContext"/>, as AutoML does where its time is up, stops it too.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }
}
