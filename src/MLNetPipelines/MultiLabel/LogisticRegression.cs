using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Logistic regression for one label. It minimizes the sum of the images' losses and half of L2 times the squared weights (the bias is free),
/// and goes on from where it is when the regularization changes.
/// </summary>
/// <param name="features">[N][C].</param>
/// <param name="truth">[N]: whether each image has the label.</param>
/// <param name="tolerance">What a step of the fit has to gain, as a part of the loss.</param>
internal sealed class LogisticRegression(float[][] features, bool[] truth, double tolerance = LogisticRegression.Comparing)
{
    /// <summary>What comparing hyperparameters needs.</summary>
    public const double Comparing = 1e-5;

    private readonly int width = features[0].Length;

    private float[] parameters = new float[features[0].Length + 1]; // weights, then the bias

    /// <summary>[C].</summary>
    public float[] Weights => parameters[..width];

    public float Bias => parameters[width];

    /// <summary>Fits the weights, starting from those that it has.</summary>
    /// <param name="l2">The weight of half the squared weights.</param>
    public void Fit(float l2) => parameters = Lbfgs.Minimize(parameters, (at, gradient) => Loss(at, l2, gradient), tolerance);

    /// <summary>The logit of an image.</summary>
    public double Logit(float[] x) => Logit(parameters, x);

    /// <summary>-ln(probability of the truth).</summary>
    public static double LossOf(double logit, bool truth) => Math.Max(0, truth ? -logit : logit) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));

    private double Logit(float[] at, float[] x) => TensorPrimitives.Dot<float>(x, at.AsSpan(0, width)) + at[width];

    private double Loss(float[] at, float l2, float[] gradient)
    {
        Span<float> weights = at.AsSpan(0, width), slopes = gradient.AsSpan(0, width);
        TensorPrimitives.Multiply(weights, l2, slopes);
        double loss = l2 / 2 * TensorPrimitives.SumOfSquares<float>(weights), biasSlope = 0;
        for (int i = 0; i < features.Length; i++)
        {
            double logit = Logit(at, features[i]), slope = 1 / (1 + Math.Exp(-logit)) - (truth[i] ? 1 : 0);
            loss += LossOf(logit, truth[i]);
            TensorPrimitives.MultiplyAdd(features[i], (float)slope, slopes, slopes);
            biasSlope += slope;
        }

        gradient[width] = (float)biasSlope;
        return loss;
    }
}
