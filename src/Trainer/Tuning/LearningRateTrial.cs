namespace ResNetMLNet.Trainer.Tuning;

/// <summary>
/// A trial of learning rates: from tiny to huge over a hundred steps, looking at the loss (Smith 2015, arXiv:1506.01186, section 3.3).
/// </summary>
/// <param name="Points">Rates of the last stage and the smoothed loss at each, in the order tried; it ends where the loss explodes.</param>
internal sealed record LearningRateTrial(IReadOnlyList<LearningRatePoint> Points)
{
    public const int Steps = 100;

    private const double Lowest = 1e-6;
    private const double Highest = 1;
    private const double Smoothing = 0.9;
    private const double Explosion = 4;

    /// <summary>The rate at which the loss falls fastest; null where it falls nowhere.</summary>
    public double? Suggestion
    {
        get
        {
            (LearningRatePoint Before, LearningRatePoint After)[] falls = [.. Points.Zip(Points.Skip(1)).Where(pair => pair.Second.Loss < pair.First.Loss)];
            return falls.Length == 0 ? null : falls.MinBy(pair => pair.After.Loss - pair.Before.Loss).After.LearningRate;
        }
    }

    /// <summary>Runs a trial.</summary>
    /// <param name="step">Trains one step at a learning rate and gives its loss.</param>
    public static LearningRateTrial Run(Func<double, double> step)
    {
        var points = new List<LearningRatePoint>();
        double mean = 0, least = double.PositiveInfinity;
        for (int i = 0; i < Steps; i++)
        {
            double rate = Lowest * Math.Pow(Highest / Lowest, i / (Steps - 1.0));
            double loss = step(rate);
            if (!double.IsFinite(loss)) break;
            mean = Smoothing * mean + (1 - Smoothing) * loss;
            double smoothed = mean / (1 - Math.Pow(Smoothing, i + 1)); // the mean starts at 0
            points.Add(new LearningRatePoint(rate, smoothed));
            least = Math.Min(least, smoothed);
            if (smoothed > Explosion * least) break;
        }
        return new LearningRateTrial(points);
    }
}

/// <summary>A learning rate and the loss at it.</summary>
internal sealed record LearningRatePoint(double LearningRate, double Loss);
