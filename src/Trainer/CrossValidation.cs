namespace ResNetMLNet.Trainer;

/// <summary>The figures of a training that was repeated, each time on all folds of the images but one, and measured on that one.</summary>
/// <typeparam name="T"><see cref="Metrics"/> of classes, or <see cref="RegressionRunMetrics"/> of numbers.</typeparam>
/// <param name="Folds">The figures on each fold, in order.</param>
public sealed record CrossValidation<T>(IReadOnlyList<T> Folds) where T : RunMetrics
{
    /// <summary>What the folds say of a figure together: <c>result.Estimate(fold => fold.Accuracy)</c>.</summary>
    /// <param name="figure">One of the figures.</param>
    public FoldEstimate Estimate(Func<T, double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        double[] values = [.. Folds.Select(figure)];
        double mean = values.Average();
        return new FoldEstimate(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)), values.Length);
    }
}

/// <summary>A figure over folds.</summary>
/// <param name="Mean">Mean of the folds, each counting the same.</param>
/// <param name="StandardDeviation">Of the folds around their mean, with one degree of freedom less than there are folds.</param>
/// <param name="Folds">How many there are.</param>
public sealed record FoldEstimate(double Mean, double StandardDeviation, int Folds)
{
    /// <summary>
    /// Standard error of the mean, the deviation over the root of the number of folds. The folds' trainings share most of their images, so it
    /// is rather too small (Bengio and Grandvalet 2004, JMLR 5, pages 1089 to 1105).
    /// </summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Folds);
}
