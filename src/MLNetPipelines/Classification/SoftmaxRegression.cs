using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Multinomial logistic regression that goes on from where it is when the regularization changes, so that one after another costs little more
/// than one. It minimizes what ML.NET's <c>LbfgsMaximumEntropy</c> does, the sum of the images' losses and half of L2 times the squared weights
/// (biases are free), by <see cref="Lbfgs"/>.
/// </summary>
internal sealed class SoftmaxRegression
{
    // Hyperparameters are compared by it, which needs no more digits.
    private const double Tolerance = 1e-5;

    private readonly int width, classes, weightCount;
    private readonly float[][] features;
    private readonly int[] labels;
    private readonly float[] importance;
    private float[] parameters; // classes x width weights, then the biases
    private readonly float[] logits;

    /// <param name="features">[N][C].</param>
    /// <param name="labels">[N], 0 to <paramref name="classes"/> - 1.</param>
    /// <param name="importance">[N]: how much an image's loss counts.</param>
    /// <param name="classes">How many classes there are.</param>
    public SoftmaxRegression(float[][] features, int[] labels, float[] importance, int classes)
    {
        (this.features, this.labels, this.importance, this.classes) = (features, labels, importance, classes);
        width = features[0].Length;
        weightCount = classes * width;
        parameters = new float[weightCount + classes];
        logits = new float[classes];
    }

    /// <summary>Fits the weights, starting from those that it has.</summary>
    /// <param name="l2">The weight of half the squared weights.</param>
    public void Fit(float l2) => parameters = Lbfgs.Minimize(parameters, (at, gradient) => Loss(at, l2, gradient), Tolerance);

    /// <summary>-ln(probability of the true class) of an image.</summary>
    public double LossOf(float[] x, int label) => LossOf(parameters, x, label);

    // The loss of all images; the logits become probabilities.
    private double LossOf(float[] parameters, float[] x, int label)
    {
        for (int k = 0; k < classes; k++)
            logits[k] = TensorPrimitives.Dot<float>(x, parameters.AsSpan(k * width, width)) + parameters[weightCount + k];
        float own = logits[label];
        float largest = TensorPrimitives.Max<float>(logits);
        TensorPrimitives.Subtract(logits, largest, logits);
        TensorPrimitives.Exp<float>(logits, logits);
        float sum = TensorPrimitives.Sum<float>(logits);
        TensorPrimitives.Divide(logits, sum, logits);
        return Math.Log(sum) - (own - largest);
    }

    private double Loss(float[] parameters, float l2, float[] gradient)
    {
        Span<float> weights = parameters.AsSpan(0, weightCount), slopes = gradient.AsSpan(0, weightCount), biasSlopes = gradient.AsSpan(weightCount);
        TensorPrimitives.Multiply(weights, l2, slopes);
        biasSlopes.Clear();
        double loss = l2 / 2 * TensorPrimitives.SumOfSquares<float>(weights);
        for (int i = 0; i < features.Length; i++)
        {
            loss += importance[i] * LossOf(parameters, features[i], labels[i]);
            logits[labels[i]] -= 1;
            for (int k = 0; k < classes; k++)
            {
                float slope = importance[i] * logits[k];
                Span<float> row = slopes.Slice(k * width, width);
                TensorPrimitives.MultiplyAdd(features[i], slope, row, row);
                biasSlopes[k] += slope;
            }
        }

        return loss;
    }
}
