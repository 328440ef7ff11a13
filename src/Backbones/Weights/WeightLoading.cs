namespace ResNetMLNet.Backbones.Weights;

/// <summary>How much of a difference between weights and network is taken.</summary>
public sealed record WeightLoadingOptions
{
    /// <summary>Whether names that are missing or unexpected are refused, not only listed. Another shape is always refused.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Whether the classifier <c>fc</c> may be of another size, or absent on either side: the network's own then keeps the weights that it
    /// has.
    /// </summary>
    public bool ReplaceClassifier { get; init; }
}

/// <summary>What became of the weights.</summary>
public sealed record WeightLoadingReport
{
    /// <summary>The network's names that the weights lack; empty where loading was strict.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The weights' names that the network lacks; empty where loading was strict.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>What became of the classifier, in words; null where it is the weights' own.</summary>
    public required string? Classifier { get; init; }

    /// <summary>
    /// Which of the file's dictionaries was taken, and behind which prefix, in words: <c>'state_dict_ema', the names after 'module.'</c>;
    /// null where that is the whole file, under its own names.
    /// </summary>
    public string? Choice { get; init; }

    /// <summary>
    /// The names of that dictionary that are not behind the prefix and were left out, such as a criterion's or a counter of averages.
    /// </summary>
    public IReadOnlyList<string> Beside { get; init; } = [];
}
