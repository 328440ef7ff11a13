using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is reported of every run, whatever is learned: <see cref="Metrics"/> of classes, <see cref="RegressionRunMetrics"/> of numbers.</summary>
public abstract record RunMetrics
{
    private protected RunMetrics()
    {
    }

    /// <summary>Images that this run trained on; 0 for an evaluation.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images that the figures are of.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>Images that could not be read.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>Files and folders that the folder holds besides images.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>What the figures do not show, the gravest first.</summary>
    public IReadOnlyList<DataProblem> Problems { get; init; } = [];

    /// <summary>Which problems were not looked for and why, as whole sentences.</summary>
    public IReadOnlyList<string> NotChecked { get; init; } = [];

    /// <summary>Time that the run took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The architecture.</summary>
    public required string Backbone { get; init; }

    /// <summary>How the head was fitted, where it was.</summary>
    public HeadSettings? Head { get; init; }

    /// <summary>Which part of the trained weights was kept, where the validation images chose it: <see cref="Recipe.WeightMixing"/>.</summary>
    public WeightMixingChoice? WeightMixing { get; init; }

    /// <summary>Where the backbone's weights came from; only the run that chose them says so.</summary>
    public string? Weights { get; init; }

    /// <summary>What was trained: head, last-stage, all or scratch; only the run that did it says so.</summary>
    public string? Tune { get; init; }

    /// <summary>What the backbone's training computed in: float32, bfloat16 or half; a head is always fitted in float32.</summary>
    public string? TrainPrecision { get; init; }

    /// <summary>The seed; only a training has one.</summary>
    public int? Seed { get; init; }

    /// <summary>What computed the features, and why that.</summary>
    public required string Device { get; init; }

    /// <summary>Versions of the libraries that computed.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; } = ResNetMLNet.Trainer.Versions.All;
}

/// <summary>An image that could not be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why, as the end of a sentence that starts with the file.</param>
public sealed record SkippedImage(string Path, string Reason)
{
    /// <summary>What <see cref="TrainingOptions.Strict"/> makes of it.</summary>
    public TrainingException Refusal() => new($"'{Path}' {Reason}. Without {Setting.Strict} it would be skipped.");
}
