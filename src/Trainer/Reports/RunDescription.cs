namespace ResNetMLNet.Trainer;

/// <summary>What a report says of the run besides its figures.</summary>
internal sealed record RunDescription
{
    /// <summary>The data set, in a word or two.</summary>
    public required string Title { get; init; }

    /// <summary>The folder or file that holds the model, as commands are to name it.</summary>
    public required string Model { get; init; }

    /// <summary>What was chosen, in the order to show it.</summary>
    public required IReadOnlyList<(string Name, string Value)> Configuration { get; init; }

    /// <summary>What does the same again; null where nobody said.</summary>
    public string? Command { get; init; }

    /// <summary>What a reader must know before any figure, as whole sentences; null for nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>The epochs; none for a head on frozen features.</summary>
    public IReadOnlyList<TrainingEpoch> History { get; init; } = [];
}
