using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Temperature scaling (Guo et al. 2017, arXiv:1706.04599): all logits are divided by one number, above 1 where a classifier is too sure.
/// The order of the classes stays.
/// </summary>
public static class Temperature
{
    // Of the natural logarithm: a classifier 20 times too sure, or too unsure, is another's problem.
    private const double Widest = 3;

    private const double Tolerance = 1e-4;

    // One number needs no more.
    private const int MostImages = 2000;

    /// <summary>The temperature of the least log-loss.</summary>
    /// <param name="probabilities">[N][classes]: of images that the classifier was not fitted on; at least one.</param>
    /// <param name="truth">[N]: the place of each image's class.</param>
    /// <returns>0.05 to 20.</returns>
    public static double Fit(IReadOnlyList<float[]> probabilities, IReadOnlyList<int> truth)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(truth);
        if (probabilities.Count == 0) throw new ArgumentException("There are no images to fit a temperature on.", nameof(probabilities));
        if (probabilities.Count != truth.Count)
            throw new ArgumentException($"There are classes of {truth.Count} images for {probabilities.Count}.", nameof(truth));
        int step = (probabilities.Count + MostImages - 1) / MostImages;
        int[] sample = [.. Enumerable.Range(0, probabilities.Count).Where(i => i % step == 0)];
        // The loss is convex in 1 / T, so it has one minimum: golden section.
        double low = -Widest, high = Widest, part = (Math.Sqrt(5) - 1) / 2;
        double a = high - (part * (high - low)), b = low + (part * (high - low)), ofA = LossAt(a), ofB = LossAt(b);
        while (high - low > Tolerance)
        {
            if (ofA < ofB)
            {
                (high, b, ofB) = (b, a, ofA);
                ofA = LossAt(a = high - (part * (high - low)));
            }
            else
            {
                (low, a, ofA) = (a, b, ofB);
                ofB = LossAt(b = low + (part * (high - low)));
            }
        }

        return Math.Exp((low + high) / 2);

        double LossAt(double logarithm) =>
            sample.Sum(i => -Math.Log(Math.Max(Apply(probabilities[i], Math.Exp(logarithm))[truth[i]], float.Epsilon)));
    }

    /// <summary>The probabilities of a classifier whose logits are divided by a temperature.</summary>
    /// <param name="probabilities">[classes].</param>
    /// <param name="temperature">Above 0; 1 changes nothing.</param>
    public static float[] Apply(ReadOnlySpan<float> probabilities, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        // Logarithms of probabilities are logits but for a constant, which the softmax takes away.
        float[] logits = new float[probabilities.Length];
        for (int i = 0; i < logits.Length; i++) logits[i] = (float)(Math.Log(Math.Max(probabilities[i], float.Epsilon)) / temperature);
        TensorPrimitives.SoftMax<float>(logits, logits);
        return logits;
    }

    /// <summary>The same head with its logits divided by a temperature.</summary>
    /// <param name="head">A head whose link is the softmax.</param>
    /// <param name="temperature">Above 0.</param>
    public static LinearHead Apply(LinearHead head, double temperature)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (head.Link != HeadLink.Softmax)
            throw new ArgumentException("Softmax has to make probabilities of the head's logits.", nameof(head));
        return head with
        {
            Weights = [.. head.Weights.Select(row => Array.ConvertAll(row, weight => (float)(weight / temperature)))],
            Biases = Array.ConvertAll(head.Biases, bias => (float)(bias / temperature)),
        };
    }
}
