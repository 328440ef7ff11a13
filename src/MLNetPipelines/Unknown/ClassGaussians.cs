using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Gaussians of features of unit length: one of each class, all with the same covariance, and one of all images. A multiple of a
/// covariance's mean diagonal is added to its diagonal. The score of an image is its squared Mahalanobis distance from the nearest class
/// (Lee et al. 2018, arXiv:1807.03888) less the one from all images (Ren et al. 2021, arXiv:2106.09022).
/// </summary>
internal sealed class ClassGaussians
{
    // Chosen by measurement, as the score was (benchmarks/Unknown).
    private const double Shrinkage = 3;

    // Of the covariance of all, for classes that have next to none: of one image each, say.
    private const double LeastWithin = 1e-3;

    private readonly double[][] means, within, all; // class means; inverses
    private readonly double[] mean;
    private readonly int[] counts;

    // Of the within-class inverse: times each class mean, and between class means. Of the other: times the mean, and of the mean.
    private readonly double[][] withinMeans, betweenMeans;
    private readonly double[] allMean;
    private readonly double ofMean;

    /// <param name="features">[N][C], of unit length, not all the same.</param>
    /// <param name="classes">[N], 0 to K - 1.</param>
    public ClassGaussians(double[][] features, int[] classes)
    {
        int count = classes.Max() + 1;
        counts = [.. Enumerable.Range(0, count).Select(c => classes.Count(other => other == c))];
        means = [.. Enumerable.Range(0, count).Select(c => MeanOf([.. features.Where((_, i) => classes[i] == c)]))];
        mean = MeanOf(features);
        double[][] spread = CovarianceOf([.. features.Zip(classes, (x, c) => Difference(x, means[c]))]),
            whole = CovarianceOf([.. features.Select(x => Difference(x, mean))]);
        double least = LeastWithin * Diagonal(whole);
        within = new Cholesky(spread, Shrinkage * Math.Max(Diagonal(spread), least)).Inverse();
        all = new Cholesky(whole, Shrinkage * Diagonal(whole)).Inverse();
        withinMeans = [.. means.Select(m => Times(within, m))];
        betweenMeans = [.. withinMeans.Select(image => means.Select(m => TensorPrimitives.Dot<double>(image, m)).ToArray())];
        allMean = Times(all, mean);
        ofMean = TensorPrimitives.Dot<double>(allMean, mean);
    }

    /// <summary>The score as a function of features of unit length: x . Form x + min over the classes of (Class . x + offset).</summary>
    public (double[][] Form, double[][] Classes, double[] Offsets) Function =>
    (
        [.. within.Zip(all, Difference)],
        [.. withinMeans.Select(image => Array.ConvertAll(Difference(image, allMean), value => -2 * value))],
        [.. betweenMeans.Select((row, c) => row[c] - ofMean)]
    );

    /// <summary>
    /// The score of an image that the Gaussians were fitted on, had they been fitted without it: exactly, by a change of rank one of either
    /// covariance (Sherman and Morrison 1950, doi:10.1214/aoms/1177729893). What is added to the diagonals stays.
    /// </summary>
    /// <param name="x">[C], of unit length.</param>
    /// <param name="own">Its class.</param>
    public double LeftOut(double[] x, int own)
    {
        double images = counts.Sum(), without = counts[own] - 1;
        double[] image = Times(within, x);
        double square = TensorPrimitives.Dot<double>(image, x);
        double[] withMeans = Array.ConvertAll(means, m => TensorPrimitives.Dot<double>(image, m));
        double ownSquare = square - (2 * withMeans[own]) + betweenMeans[own][own];
        double part = without > 0 ? counts[own] / without / images : 0, left = 1 - (part * ownSquare);
        double nearest = double.PositiveInfinity;
        for (int c = 0; c < means.Length; c++)
        {
            if (c == own && without == 0) continue; // the class is not there without it
            double distance = square - (2 * withMeans[c]) + betweenMeans[c][c];
            double product = square - withMeans[c] - withMeans[own] + betweenMeans[own][c];
            nearest = Math.Min(nearest, c == own
                ? Math.Pow(counts[own] / without, 2) * ownSquare / left
                : distance + (part * product * product / left));
        }

        double[] ofAll = Times(all, x);
        double far = TensorPrimitives.Dot<double>(ofAll, x) - (2 * TensorPrimitives.Dot<double>(ofAll, mean)) + ofMean;
        return nearest - (Math.Pow(images / (images - 1), 2) * far / (1 - (far / (images - 1))));
    }

    private static double[] MeanOf(double[][] rows)
    {
        double[] mean = new double[rows[0].Length];
        foreach (double[] row in rows) TensorPrimitives.Add(mean, row, mean);
        TensorPrimitives.Divide(mean, rows.Length, mean);
        return mean;
    }

    // The lower half.
    private static double[][] CovarianceOf(double[][] centred)
    {
        double[][] columns = [.. Enumerable.Range(0, centred[0].Length).Select(c => Array.ConvertAll(centred, row => row[c]))];
        double[][] covariance = new double[columns.Length][];
        Parallel.For(0, columns.Length, i => covariance[i] =
            [.. Enumerable.Range(0, i + 1).Select(j => TensorPrimitives.Dot<double>(columns[i], columns[j]) / centred.Length)]);
        return covariance;
    }

    private static double Diagonal(double[][] covariance) => covariance.Index().Average(row => row.Item[row.Index]);

    private static double[] Times(double[][] matrix, double[] x) => Array.ConvertAll(matrix, row => TensorPrimitives.Dot<double>(row, x));

    private static double[] Difference(double[] x, double[] y)
    {
        double[] difference = new double[x.Length];
        TensorPrimitives.Subtract(x, y, difference);
        return difference;
    }
}
