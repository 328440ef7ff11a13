namespace ResNetMLNet.Trainer;

/// <summary>
/// A trial of learning rates: from tiny to huge over a hundred steps, looking at the loss (Smith 2015, arXiv:1506.01186, section 3.3), with
/// the range, the smoothing and the end of fastai's finder (Howard and Gugger 2020, arXiv:2002.04688; callback/schedule.py, LRFinder).
/// </summary>
/// <param name="Points">Rates of the last stage and the smoothed loss at each, in the order tried; it ends where the loss explodes.</param>
public sealed record LearningRateTrial(IReadOnlyList<LearningRatePoint> Points)
{
    /// <summary>Rates that are tried.</summary>
    public const int Steps = 100;

    private const double Lowest = 1e-7;
    private const double Highest = 10;
    private const double Smoothing = 0.98;
    private const double Explosion = 4;

    // fastai leaves as many out at either end: the mean is still of few losses, and then explodes.
    private const int FirstLeftOut = Steps / 10;
    private const int LastLeftOut = 5;

    /// <summary>
    /// The middle of the longest valley, as fastai suggests it (its <c>valley</c>): the most points, not necessarily neighbours, of which
    /// each lies below the one before. Null where the loss does not fall: where there are no more of them than chance makes.
    /// </summary>
    public double? Suggestion
    {
        get
        {
            LearningRatePoint[] points = [.. Points.Skip(FirstLeftOut).SkipLast(LastLeftOut)];
            int[] lengths = new int[points.Length];
            int end = 0;
            for (int i = 0; i < points.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if (points[i].Loss < points[j].Loss) lengths[i] = Math.Max(lengths[i], lengths[j]);
                }
                lengths[i]++;
                if (lengths[i] > lengths[end]) end = i;
            }
            // The longest falling subsequence of n numbers in random order has about 2 sqrt(n) (Logan and Shepp 1977).
            if (points.Length == 0 || lengths[end] <= 2 * Math.Sqrt(points.Length)) return null;
            double third = lengths[end] / 3.0;
            return points[end - lengths[end] + (int)third + (int)(third / 2)].LearningRate;
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
public sealed record LearningRatePoint(double LearningRate, double Loss);
