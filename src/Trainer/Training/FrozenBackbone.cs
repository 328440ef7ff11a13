
namespace ResNetMLNet.Trainer;

/// <summary>What has to be said where a network, or a part of it, is left as it came.</summary>
internal static class FrozenBackbone
{
    /// <summary>Of a network with random weights.</summary>
    public const string Untrained =
        "The backbone has random weights: its features say little about an image. By default it gets the best public weights.";

    /// <summary>
    /// What a training has to say of the part that it does not train; null where that part is pretrained, or there is none.
    /// </summary>
    public static string? Warning(TrainingJob job) => (job.Weights.IsFresh, job.Tune) switch
    {
        (true, Tune.Head) =>
            "The backbone has random weights and was not trained: its features say little about an image, and the figures are " +
            "those of a random network. Start from the best public weights, the default, or train all of it, from scratch.",
        (true, Tune.LastStage) => "All of the backbone but its last stage has random weights and was not trained. " +
            "Start from the best public weights, the default, or train all of it, from scratch.",
        _ => null,
    };
}
