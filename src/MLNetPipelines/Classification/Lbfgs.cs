using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Finds the least value of a smooth function of many numbers by L-BFGS (Nocedal and Wright 2006, Numerical Optimization, algorithm 7.5).
/// </summary>
internal static class Lbfgs
{
    private const int Memory = 8;
    private const int MostSteps = 60;

    /// <summary>Goes downhill until a step gains too little, or there is no way down that float knows of.</summary>
    /// <param name="start">Where to start; it is used as memory.</param>
    /// <param name="loss">The function: takes a place, writes the gradient there into its second argument, and returns the value.</param>
    /// <param name="tolerance">What a step has to gain, as a part of the value.</param>
    /// <returns>The lowest place that was found.</returns>
    public static float[] Minimize(float[] start, Func<float[], float[], double> loss, double tolerance)
    {
        int count = start.Length;
        List<(float[] Step, float[] Change, double Curvature)> history = [];
        float[] place = start, gradient = new float[count], nextGradient = new float[count], next = new float[count], direction = new float[count];
        double value = loss(place, gradient);
        for (int step = 0; step < MostSteps; step++)
        {
            Direction(gradient, history, direction);
            double slope = Dot(gradient, direction);
            if (!(slope < 0)) break; // as low as float goes
            // Without curvature known, a step of length 1 at most.
            double size = history.Count > 0 ? 1 : Math.Min(1, 1 / Math.Sqrt(Dot(gradient, gradient)));
            double nextValue;
            while (true)
            {
                TensorPrimitives.MultiplyAdd(direction, (float)size, place, next);
                nextValue = loss(next, nextGradient);
                if (nextValue <= value + 1e-4 * size * slope) break; // Armijo's rule
                size /= 2;
                if (size < 1e-6) return place;
            }

            float[] moved = new float[count], changed = new float[count];
            TensorPrimitives.Subtract(next, place, moved);
            TensorPrimitives.Subtract(nextGradient, gradient, changed);
            double curvature = Dot(moved, changed);
            if (curvature > 1e-10 * Dot(changed, changed))
            {
                if (history.Count == Memory) history.RemoveAt(0);
                history.Add((moved, changed, curvature));
            }

            double gained = value - nextValue;
            (place, next) = (next, place);
            (gradient, nextGradient) = (nextGradient, gradient);
            value = nextValue;
            if (gained <= tolerance * value) break;
        }

        return place;
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
