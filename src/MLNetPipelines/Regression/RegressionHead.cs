using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A linear function of a backbone's features that gives a number for an image: ridge regression on features that are scaled. Scaling and
/// regularization are chosen for each data set, unless they are given. <see cref="GivenHead.Regression"/> makes ML.NET's model of it.
/// </summary>
public static class RegressionHead
{
    private const int Folds = 5;

    // Below that the folds say nothing.
    private const int FewestImages = 20;

    // What takes a second or two on two cores; more is sampled. L2 does not depend on the number of images, as it stands beside the sum of
    // their errors.
    private const int MostImages = 600;

    // From the most to the least; of equals the first is taken.
    private static readonly float[] Candidates = [10, 3, 1, 0.3f, 0.1f, 0.03f, 0.01f];

    private const float UsualL2 = 0.3f;

    /// <summary>
    /// Chooses what the options leave open, by the squared error in five-fold cross-validation on these images alone. Of fewer than 20
    /// images nothing is chosen: features get unit length and L2 is 0.3.
    /// </summary>
    /// <param name="features">[N][C].</param>
    /// <param name="values">[N]: what the images should give; finite, and not all the same.</param>
    /// <param name="options">What is null is chosen; null leaves everything open.</param>
    /// <returns>The options with scaling and L2 set.</returns>
    /// <exception cref="InvalidDataException">The values are all the same, or one is not finite.</exception>
    public static RegressionHeadOptions Choose(
        IReadOnlyList<float[]> features, IReadOnlyList<double> values, RegressionHeadOptions? options = null)
    {
        (_, double deviation) = Scale(features, values);
        options ??= new RegressionHeadOptions();
        (FeatureScaling Scaling, float L2)[] candidates =
        [
            .. from scaling in options.Scaling is { } fixedScaling ? [fixedScaling] : Enum.GetValues<FeatureScaling>()
               from l2 in options.L2Regularization is { } fixedL2 ? [fixedL2] : Candidates select (scaling, l2),
        ];
        (FeatureScaling Scaling, float L2) chosen = (options.Scaling ?? FeatureScaling.UnitLength, options.L2Regularization ?? UsualL2);
        if (candidates.Length > 1 && values.Count >= FewestImages)
        {
            int[] sample = [.. Enumerable.Range(0, values.Count)];
            new Random(options.Seed).Shuffle(sample);
            sample = sample[..Math.Min(sample.Length, MostImages)];
            double[] errors = CrossValidate(candidates, [.. sample.Select(i => features[i])], [.. sample.Select(i => values[i] / deviation)]);
            chosen = candidates[Array.IndexOf(errors, errors.Min())];
        }

        return options with { Scaling = chosen.Scaling, L2Regularization = chosen.L2 };
    }

    /// <summary>Fits it. The same images in the same order give the same numbers.</summary>
    /// <param name="features">[N][C].</param>
    /// <param name="values">[N]: what the images should give; finite, and not all the same.</param>
    /// <param name="options">What is null is chosen; null leaves everything open.</param>
    /// <returns>One row of weights, in the values' own unit; its link is <see cref="HeadLink.None"/>.</returns>
    /// <exception cref="InvalidDataException">The values are all the same, or one is not finite.</exception>
    public static LinearHead Fit(
        IReadOnlyList<float[]> features, IReadOnlyList<double> values, RegressionHeadOptions? options = null)
    {
        RegressionHeadOptions chosen = Choose(features, values, options);
        (double mean, double deviation) = Scale(features, values);
        FeatureStep step = HeadSelection.Scaling(chosen.Scaling!.Value, [.. features]);
        var regression = new RidgeRegression(
            [.. features.Select(x => step.Apply(x))], [.. values.Select(value => (value - mean) / deviation)]);
        (double[] weights, double bias) = regression.Solve(chosen.L2Regularization!.Value);
        return new LinearHead([Array.ConvertAll(weights, weight => (float)(weight * deviation))], [(float)(bias * deviation + mean)])
        {
            Steps = [step],
            Link = HeadLink.None,
        };
    }

    /// <summary>The mean squared error of each candidate on images that it was not fitted on.</summary>
    /// <param name="candidates">What is tried.</param>
    /// <param name="features">In random order: a fold is every fifth.</param>
    /// <param name="values">In standard deviations.</param>
    private static double[] CrossValidate((FeatureScaling Scaling, float L2)[] candidates, float[][] features, double[] values)
    {
        (int Fold, FeatureScaling Scaling)[] fits =
            [.. from fold in Enumerable.Range(0, Folds) from scaling in candidates.Select(one => one.Scaling).Distinct() select (fold, scaling)];
        // Each fit writes numbers of its own; they are added up afterwards, in one order.
        double[][] errors = [.. candidates.Select(_ => new double[Folds])];
        Parallel.ForEach(fits, fit =>
        {
            int[] train = [.. Enumerable.Range(0, values.Length).Where(i => i % Folds != fit.Fold)],
                held = [.. Enumerable.Range(0, values.Length).Where(i => i % Folds == fit.Fold)];
            FeatureStep step = HeadSelection.Scaling(fit.Scaling, [.. train.Select(i => features[i])]);
            var regression = new RidgeRegression([.. train.Select(i => step.Apply(features[i]))], [.. train.Select(i => values[i])]);
            float[][] tested = [.. held.Select(i => step.Apply(features[i]))];
            foreach ((int c, (FeatureScaling scaling, float l2)) in candidates.Index())
            {
                if (scaling != fit.Scaling) continue;
                (double[] weights, double bias) = regression.Solve(l2);
                float[] row = Array.ConvertAll(weights, weight => (float)weight);
                errors[c][fit.Fold] = tested.Zip(held, (x, i) => Math.Pow(TensorPrimitives.Dot<float>(x, row) + bias - values[i], 2)).Sum();
            }
        });
        return [.. errors.Select(folds => folds.Sum() / values.Length)];
    }

    private static (double Mean, double Deviation) Scale(IReadOnlyList<float[]> features, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(values);
        if (features.Count != values.Count)
            throw new ArgumentException($"There are {values.Count} values for {features.Count} images; each image has one.", nameof(values));
        if (values.Count == 0) throw new InvalidDataException("There are no images to train on.");
        if (values.Index().FirstOrDefault(entry => !double.IsFinite(entry.Item)) is { Item: not 0 } other)
            throw new InvalidDataException($"The value of image {other.Index} is {other.Item}. Each image needs a finite number.");
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return deviation > 0 ? (mean, deviation) : throw new InvalidDataException(
            $"All {values.Count} images have the value {values[0]}. There is nothing to learn where all values are the same.");
    }
}
