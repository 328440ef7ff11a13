using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Least squares with the squared weights beside the squared errors (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634), solved
/// exactly; the bias is free. The products of the images, or of the features where those are fewer, are computed once for any number of
/// regularizations.
/// </summary>
internal sealed class RidgeRegression
{
    // What a matrix of rank less than its size needs to be factored where there is no regularization, as a part of its mean diagonal.
    private const double LeastRidge = 1e-9;

    private readonly float[] mean;
    private readonly float[][] centred;
    private readonly double average;
    private readonly double[] deviations;
    private readonly bool byImages;
    private readonly double[][] products; // the lower half
    private readonly double[] target;

    /// <param name="features">[N][C].</param>
    /// <param name="values">[N].</param>
    public RidgeRegression(float[][] features, double[] values)
    {
        int width = features[0].Length;
        mean = new float[width];
        foreach (float[] x in features) TensorPrimitives.Add(mean, x, mean);
        TensorPrimitives.Divide(mean, features.Length, mean);
        centred = Array.ConvertAll(features, x =>
        {
            float[] difference = new float[width];
            TensorPrimitives.Subtract(x, mean, difference);
            return difference;
        });
        average = values.Average();
        deviations = Array.ConvertAll(values, value => value - average);
        byImages = features.Length <= width;
        float[][] vectors = byImages ? centred : Transposed(centred);
        products = new double[vectors.Length][];
        Parallel.For(0, vectors.Length, i =>
            products[i] = [.. Enumerable.Range(0, i + 1).Select(j => (double)TensorPrimitives.Dot<float>(vectors[i], vectors[j]))]);
        target = byImages ? deviations : [.. vectors.Select(feature => Dot(feature, deviations))];
    }

    /// <summary>Weights [C] and bias of the least sum of squared errors and <paramref name="l2"/> times the squared weights.</summary>
    public (double[] Weights, double Bias) Solve(double l2)
    {
        double diagonal = products.Index().Average(row => row.Item[row.Index]);
        double[] weights = new double[mean.Length];
        if (diagonal > 0)
        {
            double[] solution = new Cholesky(products, Math.Max(l2, LeastRidge * diagonal)).Solve(target);
            if (byImages)
            {
                foreach ((float[] x, double share) in centred.Zip(solution))
                    for (int c = 0; c < weights.Length; c++) weights[c] += share * x[c];
            }
            else
            {
                weights = solution;
            }
        }

        return (weights, average - Dot(mean, weights));
    }

    private static float[][] Transposed(float[][] rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(column => Array.ConvertAll(rows, row => row[column]))];

    private static double Dot(float[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }
}
