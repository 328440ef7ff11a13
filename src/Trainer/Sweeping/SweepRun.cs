using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>What became of a backbone in a sweep.</summary>
public sealed record SweepRun
{
    /// <summary>What the candidate was named by.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture.</summary>
    public required string Backbone { get; init; }

    /// <summary>Where the weights came from; null where it did not come to that.</summary>
    public string? Weights { get; init; }

    /// <summary>The folder with the model and its report.</summary>
    public string? Folder { get; init; }

    /// <summary>Right predictions on the validation images, 0 to 1.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Of <see cref="Accuracy"/>, at 95 % confidence.</summary>
    public ProportionInterval? Interval { get; init; }

    /// <summary>Mean of -ln(probability of the true class).</summary>
    public double? LogLoss { get; init; }

    /// <summary>What the figures do not show, the gravest first.</summary>
    public IReadOnlyList<DataProblem>? Problems { get; init; }

    /// <summary>From files to features on this machine, no cache.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Bytes of the backbone's file.</summary>
    public long? FileBytes { get; init; }

    /// <summary>That training took.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether no other backbone is as accurate, as fast and as small, and better in one of the three.</summary>
    public bool Pareto { get; init; }

    /// <summary>Why there are no figures, as a whole sentence.</summary>
    public string? Error { get; init; }

    /// <summary>What besides the backbone and the images decides the figures, as text.</summary>
    public string? Settings { get; init; }

    /// <summary>A hash of the images' places, classes and sizes.</summary>
    public string? Data { get; init; }

    /// <summary>Whether it was trained.</summary>
    [JsonIgnore]
    public bool Done => Error is null;

    /// <summary>Whether it is done and what it wrote is still there.</summary>
    [JsonIgnore]
    public bool HasModel => Done && Folder is not null && File.Exists(Path.Combine(Folder, ResultFolder.Model));

    /// <summary>Marks the runs that no other one beats.</summary>
    internal static IReadOnlyList<SweepRun> WithParetoFront(IReadOnlyList<SweepRun> runs) =>
        [.. runs.Select(run => run with { Pareto = run.Done && !runs.Any(other => other.Done && other.Beats(run)) })];

    private bool Beats(SweepRun other) =>
        Accuracy >= other.Accuracy && ImagesPerSecond >= other.ImagesPerSecond && FileBytes <= other.FileBytes
        && (Accuracy > other.Accuracy || ImagesPerSecond > other.ImagesPerSecond || FileBytes < other.FileBytes);
}
