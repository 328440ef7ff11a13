namespace ResNetMLNet.MLNetPipelines;

/// <summary>How good predicted numbers are on images whose value is known.</summary>
public sealed record RegressionReport
{
    /// <summary>Images that the figures are of.</summary>
    public required int Images { get; init; }

    /// <summary>Root of the mean squared error, in the values' unit; 0 is perfect.</summary>
    public required double RootMeanSquaredError { get; init; }

    /// <summary>Mean of the errors' magnitudes, in the values' unit; 0 is perfect.</summary>
    public required double MeanAbsoluteError { get; init; }

    /// <summary>
    /// Coefficient of determination: 1 less the sum of the squared errors over that of the squared distances of these images' values from
    /// their mean. 1 is perfect, 0 is as good as the mean for every image, and below 0 is worse. Null where all values are the same.
    /// </summary>
    public required double? RSquared { get; init; }

    /// <summary>Compares predictions with the truth.</summary>
    /// <param name="values">What the images should give; at least one.</param>
    /// <param name="predicted">What they were given, in the same order.</param>
    public static RegressionReport Of(IReadOnlyList<double> values, IReadOnlyList<double> predicted)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(predicted);
        if (values.Count == 0) throw new ArgumentException("There are no images to measure on.", nameof(values));
        if (values.Count != predicted.Count)
            throw new ArgumentException($"There are {predicted.Count} predictions for {values.Count} images.", nameof(predicted));
        double[] errors = [.. values.Zip(predicted, (value, prediction) => prediction - value)];
        double mean = values.Average(), squares = errors.Sum(error => error * error), spread = values.Sum(value => (value - mean) * (value - mean));
        return new RegressionReport
        {
            Images = values.Count,
            RootMeanSquaredError = Math.Sqrt(squares / values.Count),
            MeanAbsoluteError = errors.Average(Math.Abs),
            RSquared = spread > 0 ? 1 - squares / spread : null,
        };
    }
}
