using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Multinomial logistic regression that goes on from where it is when the regularization changes, so that one after another costs little more
/// than one. It minimizes what ML.NET's <c>LbfgsMaximumEntropy</c> does, the sum of the images' losses and half of L2 times the squared weights
/// (biases are free), by L-BFGS (Nocedal and Wright 2006, Numerical Optimization, algorithm 7.5).
/// </summary>
internal sealed class SoftmaxRegression
{
    private const int Memory = 8;
    private const int MostSteps = 60;

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
    public void Fit(float l2)
    {
        int count = parameters.Length;
        List<(float[] Step, float[] Change, double Curvature)> history = [];
        float[] gradient = new float[count], nextGradient = new float[count], next = new float[count], direction = new float[count];
        double loss = Loss(parameters, l2, gradient);
        for (int step = 0; step < MostSteps; step++)
        {
            Direction(gradient, history, direction);
            double slope = Dot(gradient, direction);
            if (!(slope < 0)) return; // as low as float goes
            // Without curvature known, a step of length 1 at most.
            double size = history.Count > 0 ? 1 : Math.Min(1, 1 / Math.Sqrt(Dot(gradient, gradient)));
            double nextLoss;
            while (true)
            {
                TensorPrimitives.MultiplyAdd(direction, (float)size, parameters, next);
                nextLoss = Loss(next, l2, nextGradient);
                if (nextLoss <= loss + 1e-4 * size * slope) break; // Armijo's rule
                size /= 2;
                if (size < 1e-6) return;
            }

            float[] moved = new float[count], changed = new float[count];
            TensorPrimitives.Subtract(next, parameters, moved);
            TensorPrimitives.Subtract(nextGradient, gradient, changed);
            double curvature = Dot(moved, changed);
            if (curvature > 1e-10 * Dot(changed, changed))
            {
                if (history.Count == Memory) history.RemoveAt(0);
                history.Add((moved, changed, curvature));
            }

            double gained = loss - nextLoss;
            (parameters, next) = (next, parameters);
            (gradient, nextGradient) = (nextGradient, gradient);
            loss = nextLoss;
            if (gained <= Tolerance * loss) return;
        }
    }

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

    // Downhill, as steep as the last steps have shown the ground to be curved.
    private static void Direction(float[] gradient, List<(float[] Step, float[] Change, double Curvature)> history, float[] direction)
    {
        TensorPrimitives.Negate(gradient, direction);
        double[] shares = new double[history.Count];
        for (int i = history.Count - 1; i >= 0; i--)
        {
            shares[i] = Dot(history[i].Step, direction) / history[i].Curvature;
            TensorPrimitives.MultiplyAdd(history[i].Change, (float)-shares[i], direction, direction);
        }

        if (history.Count > 0)
        {
            (_, float[] change, double curvature) = history[^1];
            TensorPrimitives.Multiply(direction, (float)(curvature / Dot(change, change)), direction);
        }

        for (int i = 0; i < history.Count; i++)
        {
            double back = Dot(history[i].Change, direction) / history[i].Curvature;
            TensorPrimitives.MultiplyAdd(history[i].Step, (float)(shares[i] - back), direction, direction);
        }
    }

    private static double Dot(float[] x, float[] y) => TensorPrimitives.Dot<float>(x, y);
}
