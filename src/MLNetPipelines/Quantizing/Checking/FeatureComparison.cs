using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How near the features of one network come to those of another.</summary>
/// <param name="Cosine">The mean over the images of the cosine between both; 1 is equal.</param>
/// <param name="SignalToNoise">Decibels: ten times the logarithm of the features' squares over the differences' squares.</param>
internal sealed record FeatureComparison(double Cosine, double SignalToNoise)
{
    /// <param name="before">Of each image.</param>
    /// <param name="after">The same images.</param>
    public static FeatureComparison Of(IReadOnlyList<float[]> before, IReadOnlyList<float[]> after)
    {
        double cosine = 0, signal = 0, noise = 0;
        foreach ((float[] x, float[] y) in before.Zip(after))
        {
            cosine += Cosines(x, y) / before.Count;
            float distance = TensorPrimitives.Distance<float>(x, y);
            signal += TensorPrimitives.SumOfSquares<float>(x);
            noise += distance * distance;
        }

        return new FeatureComparison(Math.Min(cosine, 1), noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise));
    }

    // Features that are all zero are like others that are.
    private static double Cosines(float[] x, float[] y)
    {
        float cosine = TensorPrimitives.CosineSimilarity<float>(x, y);
        return float.IsNaN(cosine) ? (x.AsSpan().SequenceEqual(y) ? 1 : 0) : cosine;
    }
}
