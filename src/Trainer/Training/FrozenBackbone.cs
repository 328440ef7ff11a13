using ResNetMLNet.Trainer.Tuning;

namespace ResNetMLNet.Trainer;

/// <summary>What has to be said where a network, or a part of it, is left as it came.</summary>
internal static class FrozenBackbone
{
    /// <summary>Of a network with random weights.</summary>
    public const string Untrained = "The backbone has random weights: its features say little about an image. Without --fresh it gets the best public weights.";

    /// <summary>What a training has to say of the part that it does not train; null where that part is pretrained, or there is none.</summary>
    public static string? Warning(TrainingRequest request, TuneKind tune) => (request.Weights.IsFresh, tune) switch
    {
        (true, TuneKind.Head) => "The backbone has random weights and was not trained: its features say little about an image, and the figures are " +
            "those of a random network. Train without --fresh to start from the best public weights, or with --tune scratch to train all of it.",
        (true, TuneKind.LastStage) => "All of the backbone but its last stage has random weights and was not trained. " +
            "Train without --fresh to start from the best public weights, or with --tune scratch to train all of it.",
        _ => null,
    };
}
