namespace ResNetMLNet.Backbones;

/// <summary>What a network's forward pass does otherwise while it is trained; evaluation and export know nothing of it.</summary>
public sealed record TrainingForward
{
    /// <summary>
    /// The probability, [0, 1), that the last block's branch of convolutions is left out for a picture; earlier blocks have proportionally
    /// less, down to 0 before the first (stochastic depth with linear decay, Huang et al. 2016, arXiv:1603.09382, section 3).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public double StochasticDepth
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StochasticDepth), value,
                "Stochastic depth leaves blocks out with a probability from 0 to below 1. The usual ones are 0 to 0.2.");
    }

    /// <summary>
    /// What convolutions compute in; weights, batch norms and the classifier stay in single precision (Micikevicius et al. 2017,
    /// arXiv:1710.03740).
    /// </summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;
}
