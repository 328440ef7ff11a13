using System.Numerics.Tensors;
using ResNetMLNet.MLNetPipelines;

/// <summary>Published scores of how unlike the training images an image is: more is less like.</summary>
internal static class Scores
{
    /// <summary>Every score, by its name.</summary>
    public static IEnumerable<(string Name, Func<Known, Func<float[], double>> Fit)> All()
    {
        // Hendrycks and Gimpel 2017, arXiv:1610.02136
        yield return ("maximum softmax probability", known => x => -known.Head.Probabilities(x).Max());
        // Hendrycks et al. 2022, arXiv:1911.11132
        yield return ("maximum logit", known => x => -known.Head.Logits(x).Max());
        // Liu et al. 2020, arXiv:2010.03759
        yield return ("energy", known => x => Energy(known.Head.Logits(x)));
        // Sun et al. 2022, arXiv:2204.06507
        foreach (int k in new[] { 1, 5, 10, 20, 50 })
            yield return ($"k-NN, k = {k}", known => Nearest(known, k));
        // Park et al. 2023, arXiv:2309.14888
        foreach (int k in new[] { 1, 10, 50 })
            yield return ($"nearest neighbour guidance, k = {k}", known => Guided(known, k));
        // The one that models have: relative Mahalanobis of unit length, shrinkage 3, in single precision
        yield return ("UnknownScore", known =>
        {
            UnknownScore score = UnknownScore.Fit(known.Features, [.. known.Labels.Select(label => $"{label}")]);
            return x => score.Of(x);
        }
        );
        foreach (bool unit in new[] { false, true })
        {
            string of = unit ? ", unit length" : "";
            foreach (double shrinkage in new[] { 0.1, 1, 3, 10, 100 })
            {
                // Lee et al. 2018, arXiv:1807.03888
                yield return ($"Mahalanobis{of}, shrinkage {shrinkage}", known => Mahalanobis(known, unit, shrinkage, relative: false));
                // Ren et al. 2021, arXiv:2106.09022
                yield return ($"relative Mahalanobis{of}, shrinkage {shrinkage}", known => Mahalanobis(known, unit, shrinkage, relative: true));
            }
        }
    }

    private static double Energy(float[] logits)
    {
        double most = logits.Max();
        return -(most + Math.Log(logits.Sum(logit => Math.Exp(logit - most))));
    }

    private static Func<float[], double> Nearest(Known known, int k)
    {
        float[][] bank = [.. known.Features.Select(x => FeatureStep.UnitLength.Apply(x))];
        return x =>
        {
            float[] unit = FeatureStep.UnitLength.Apply(x);
            float[] similar = [.. bank.Select(other => TensorPrimitives.Dot<float>(unit, other))];
            Array.Sort(similar);
            return -similar[^Math.Min(k, similar.Length)];
        };
    }

    private static Func<float[], double> Guided(Known known, int k)
    {
        float[][] bank = [.. known.Features.Select(x => FeatureStep.UnitLength.Apply(x))];
        float[] energies = [.. known.Features.Select(x => (float)-Energy(known.Head.Logits(x)))];
        return x =>
        {
            float[] unit = FeatureStep.UnitLength.Apply(x);
            float[] similar = [.. bank.Select((other, i) => energies[i] * TensorPrimitives.Dot<float>(unit, other))];
            Array.Sort(similar);
            return Energy(known.Head.Logits(x)) * similar[^Math.Min(k, similar.Length)..].Average();
        };
    }

    private static Func<float[], double> Mahalanobis(Known known, bool unit, double shrinkage, bool relative)
    {
        double[][] features = [.. known.Features.Select(x => (unit ? FeatureStep.UnitLength.Apply(x) : x).Select(v => (double)v).ToArray())];
        double[][] means = [.. Enumerable.Range(0, known.Labels.Max() + 1).Select(c => Mean([.. features.Where((_, i) => known.Labels[i] == c)]))];
        Gaussian within = new([.. features.Zip(known.Labels, (x, c) => Difference(x, means[c]))], shrinkage);
        double[] mean = Mean(features);
        Gaussian? all = relative ? new([.. features.Select(x => Difference(x, mean))], shrinkage) : null;
        double[][] whitenedMeans = [.. means.Select(within.Whiten)];
        double[]? whitenedMean = all?.Whiten(mean);
        return x =>
        {
            double[] at = [.. (unit ? FeatureStep.UnitLength.Apply(x) : x).Select(v => (double)v)];
            double[] z = within.Whiten(at);
            double nearest = whitenedMeans.Min(m => Math.Pow(TensorPrimitives.Distance<double>(z, m), 2));
            return all is null ? nearest : nearest - Math.Pow(TensorPrimitives.Distance<double>(all.Whiten(at), whitenedMean!), 2);
        };
    }

    private static double[] Mean(double[][] rows)
    {
        double[] mean = new double[rows[0].Length];
        foreach (double[] row in rows) TensorPrimitives.Add(mean, row, mean);
        TensorPrimitives.Divide(mean, rows.Length, mean);
        return mean;
    }

    private static double[] Difference(double[] x, double[] y)
    {
        double[] difference = new double[x.Length];
        TensorPrimitives.Subtract(x, y, difference);
        return difference;
    }

    /// <summary>A covariance, a multiple of its mean diagonal added to the diagonal.</summary>
    private sealed class Gaussian
    {
        private readonly double[][] factor;

        public Gaussian(double[][] centred, double shrinkage)
        {
            int width = centred[0].Length;
            double[][] columns = [.. Enumerable.Range(0, width).Select(c => Array.ConvertAll(centred, row => row[c]))];
            double[][] covariance = new double[width][];
            Parallel.For(0, width, i => covariance[i] =
                [.. Enumerable.Range(0, i + 1).Select(j => TensorPrimitives.Dot<double>(columns[i], columns[j]) / centred.Length)]);
            double ridge = shrinkage * covariance.Index().Average(row => row.Item[row.Index]);
            factor = covariance;
            for (int i = 0; i < width; i++)
            {
                double[] row = factor[i];
                for (int j = 0; j < i; j++)
                    row[j] = (row[j] - TensorPrimitives.Dot<double>(row.AsSpan(0, j), factor[j].AsSpan(0, j))) / factor[j][j];
                row[i] = Math.Sqrt(row[i] + ridge - TensorPrimitives.SumOfSquares<double>(row.AsSpan(0, i)));
            }
        }

        /// <summary>The vector in coordinates where the covariance is the identity.</summary>
        public double[] Whiten(double[] x)
        {
            double[] z = new double[x.Length];
            for (int i = 0; i < z.Length; i++)
                z[i] = (x[i] - TensorPrimitives.Dot<double>(factor[i].AsSpan(0, i), z.AsSpan(0, i))) / factor[i][i];
            return z;
        }
    }
}

/// <summary>What a classifier was trained on.</summary>
/// <param name="Features">[N][C].</param>
/// <param name="Labels">[N].</param>
/// <param name="Head">What was trained.</param>
internal sealed record Known(float[][] Features, int[] Labels, LinearHead Head);
