using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Cholesky's factorization of a symmetric matrix with a ridge on its diagonal: L Lᵀ = A + ridge I.</summary>
internal sealed class Cholesky
{
    private readonly double[][] factor; // the lower half

    /// <param name="a">The lower half, row by row; not changed.</param>
    /// <param name="ridge">Above 0, so that a matrix of rank less than its size can be factored.</param>
    public Cholesky(double[][] a, double ridge)
    {
        factor = new double[a.Length][];
        for (int i = 0; i < a.Length; i++)
        {
            double[] row = factor[i] = [.. a[i]];
            for (int j = 0; j < i; j++)
                row[j] = (row[j] - TensorPrimitives.Dot<double>(row.AsSpan(0, j), factor[j].AsSpan(0, j))) / factor[j][j];
            row[i] = Math.Sqrt(Math.Max(row[i] + ridge - TensorPrimitives.SumOfSquares<double>(row.AsSpan(0, i)), ridge * 1e-6));
        }
    }

    /// <summary>x of (A + ridge I) x = b.</summary>
    public double[] Solve(double[] b)
    {
        double[] x = new double[b.Length];
        for (int i = 0; i < x.Length; i++)
            x[i] = (b[i] - TensorPrimitives.Dot<double>(factor[i].AsSpan(0, i), x.AsSpan(0, i))) / factor[i][i];
        for (int i = x.Length - 1; i >= 0; i--)
        {
            x[i] /= factor[i][i];
            Span<double> before = x.AsSpan(0, i);
            TensorPrimitives.MultiplyAdd(factor[i].AsSpan(0, i), -x[i], before, before);
        }

        return x;
    }

    /// <summary>The inverse of A + ridge I, whole.</summary>
    public double[][] Inverse()
    {
        double[][] inverse = new double[factor.Length][];
        Parallel.For(0, factor.Length, i =>
        {
            double[] unit = new double[factor.Length];
            unit[i] = 1;
            inverse[i] = Solve(unit);
        });
        return inverse;
    }
}
