using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Chooses a head's scaling and regularization by stratified cross-validation on the images to train on. Candidates are compared by the log-loss of
/// the images that were held out, and one that is not the usual replaces it only where it is better by two standard errors of the difference:
/// with one, chance chooses too often where there are few images (benchmarks/HeadSelection).
/// </summary>
internal static class HeadSelection
{
    internal const int Folds = 5;

    // Below that the folds say nothing: of 15 images, five flowers with three each, one in ten choices is a bad one.
    internal const int FewestImages = 20;

    // Small sets are split twice: how the folds fall matters most there.
    internal const int SplitTwice = 500;

    // Images x features x classes of a fit, and classes: what takes about two seconds on two cores. More is sampled. L2 does not depend on the number of
    // images, as it stands beside the sum of their losses.
    internal const long LargestFit = 12_000_000;
    internal const int MostClasses = 20;

    private const double StandardErrors = 2;

    // From the most to the least, since a fit goes on from the one before.
    private static readonly float[] UnitLengthL2 = [0.1f, 0.03f, 0.01f, 0.003f], StandardizedL2 = [0.3f, 0.1f, 0.03f, 0.01f];

    // The usual L2 of standardized features: the best or near it wherever they were tried.
    private const float UsualStandardizedL2 = 0.03f;

    /// <summary>The options with nothing left to choose.</summary>
    /// <param name="options">What is null is chosen.</param>
    /// <param name="features">[N][C].</param>
    /// <param name="labels">[N]: equal for images of the same class.</param>
    /// <param name="importance">[N]: how much an image counts; null for all the same.</param>
    public static ClassificationHeadOptions Choose(
        ClassificationHeadOptions options, IReadOnlyList<float[]> features, IReadOnlyList<int> labels, IReadOnlyList<float>? importance = null)
    {
        HeadCandidate[] candidates = Candidates(options.Scaling, options.L2Regularization);
        int[] sample = candidates.Length == 1 ? [] : Sample(labels, features[0].Length, options.Seed);
        HeadCandidate chosen = candidates[0];
        if (sample.Length >= FewestImages)
        {
            int[] sampled = Consecutive([.. sample.Select(i => labels[i])]);
            float[] weights = [.. sample.Select(i => importance?[i] ?? 1)];
            int splits = sample.Length <= SplitTwice ? 2 : 1;
            int[][] foldOf = [.. Enumerable.Range(0, splits).Select(split => FoldOf(sampled, unchecked(options.Seed + (split * 7919))))];
            chosen = Best(candidates, CrossValidate(candidates, [.. sample.Select(i => features[i])], foldOf, (scaled, train) =>
            {
                var regression = new SoftmaxRegression(
                    scaled, [.. train.Select(i => sampled[i])], [.. train.Select(i => weights[i])], sampled.Max() + 1);
                return new HeldOutFit(regression.Fit, (x, i) => weights[i] * regression.LossOf(x, sampled[i]));
            }));
        }

        return options with { Scaling = chosen.Scaling, L2Regularization = chosen.L2 };
    }

    /// <summary>The heads to try, the usual one first; one where nothing is left open.</summary>
    /// <param name="fixedScaling">Null leaves it open.</param>
    /// <param name="fixedL2">Null leaves it open.</param>
    internal static HeadCandidate[] Candidates(FeatureScaling? fixedScaling, float? fixedL2)
    {
        FeatureScaling scaling = fixedScaling ?? FeatureScaling.UnitLength;
        float l2 = scaling == FeatureScaling.UnitLength ? ClassificationHeadOptions.DefaultL2Regularization : UsualStandardizedL2;
        var usual = new HeadCandidate(scaling, fixedL2 ?? l2);
        IEnumerable<HeadCandidate> all =
            from tried in fixedScaling is { } only ? [only] : Enum.GetValues<FeatureScaling>()
            from weight in fixedL2 is { } given ? [given] : tried == FeatureScaling.UnitLength ? UnitLengthL2 : StandardizedL2
            select new HeadCandidate(tried, weight);
        return [usual, .. all.Where(candidate => candidate != usual)];
    }

    /// <summary>The candidate to take: the usual one, unless the best is better by more than chance.</summary>
    /// <param name="candidates">The usual one first.</param>
    /// <param name="losses">Of each candidate, [N].</param>
    internal static HeadCandidate Best(HeadCandidate[] candidates, double[][] losses)
    {
        int best = Enumerable.Range(0, candidates.Length).MinBy(i => losses[i].Average());
        double[] differences = [.. losses[best].Zip(losses[0], (one, usual) => one - usual)];
        double mean = differences.Average(), variance = differences.Sum(d => (d - mean) * (d - mean)) / (differences.Length - 1);
        return mean < -StandardErrors * Math.Sqrt(variance / differences.Length) ? candidates[best] : candidates[0];
    }

    /// <summary>The losses of each candidate on images that it was not fitted on, [candidates][N].</summary>
    /// <param name="candidates">What is tried.</param>
    /// <param name="features">[N][C].</param>
    /// <param name="foldOf">The fold of each image, [splits][N].</param>
    /// <param name="start">Begins to fit images whose features are scaled: those features, and which images they are of.</param>
    internal static double[][] CrossValidate(
        HeadCandidate[] candidates, float[][] features, int[][] foldOf, Func<float[][], int[], HeldOutFit> start)
    {
        (int Split, int Fold, FeatureScaling Scaling)[] fits =
        [
            .. from split in Enumerable.Range(0, foldOf.Length) from fold in Enumerable.Range(0, Folds)
               from scaling in candidates.Select(candidate => candidate.Scaling).Distinct() select (split, fold, scaling),
        ];
        // A split's images are each held out once, so no two fits write the same number; they are added up afterwards, in one order.
        double[][][] losses = [.. foldOf.Select(_ => candidates.Select(_ => new double[features.Length]).ToArray())];
        Parallel.ForEach(fits, fit =>
        {
            int[] train = [.. Members(other => other != fit.Fold)], held = [.. Members(other => other == fit.Fold)];
            FeatureStep scale = Scaling(fit.Scaling, [.. train.Select(i => features[i])]);
            HeldOutFit regression = start([.. train.Select(i => scale.Apply(features[i]))], train);
            float[][] tested = [.. held.Select(i => scale.Apply(features[i]))];
            foreach ((int c, HeadCandidate candidate) in candidates.Index().Where(one => one.Item.Scaling == fit.Scaling).OrderByDescending(one => one.Item.L2))
            {
                regression.Fit(candidate.L2);
                foreach ((int j, int i) in held.Index()) losses[fit.Split][c][i] = regression.LossOf(tested[j], i);
            }

            IEnumerable<int> Members(Func<int, bool> ofFold) => Enumerable.Range(0, features.Length).Where(i => ofFold(foldOf[fit.Split][i]));
        });
        return [.. candidates.Select((_, c) => Enumerable.Range(0, features.Length).Select(i => losses.Average(split => split[c][i])).ToArray())];
    }

    // Class by class in turn, so that folds are of a size and each has its share of every class.
    internal static int[] FoldOf(int[] labels, int seed)
    {
        var random = new Random(seed);
        int[] result = new int[labels.Length];
        int next = 0;
        foreach (int[] members in ByClass(labels))
        {
            random.Shuffle(members);
            foreach (int i in members) result[i] = next++ % Folds;
        }

        return result;
    }

    // Images enough to choose by, none of a class that has one only: it would be unknown to the fit that holds it out.
    private static int[] Sample(IReadOnlyList<int> labels, int width, int seed)
    {
        var random = new Random(seed);
        int[][] classes = [.. ByClass(labels).Where(members => members.Length > 1)];
        if (classes.Length < 2) return [];
        random.Shuffle(classes);
        classes = classes[..Math.Min(MostClasses, classes.Length)];
        double part = (double)LargestFit / width / classes.Length / classes.Sum(members => members.Length);
        foreach (int[] members in classes) random.Shuffle(members);
        return [.. classes.SelectMany(members => members.Take(Math.Max(2, (int)Math.Min(part * members.Length, members.Length)))).Order()];
    }

    private static IEnumerable<int[]> ByClass(IReadOnlyList<int> labels) =>
        Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(group => group.Key).Select(group => group.ToArray());

    private static int[] Consecutive(int[] labels)
    {
        int[] classes = [.. labels.Distinct().Order()];
        return Array.ConvertAll(labels, label => Array.BinarySearch(classes, label));
    }

    /// <summary>What scales features, to a mean squared length of 1, as it is fitted on images.</summary>
    internal static FeatureStep Scaling(FeatureScaling scaling, float[][] train) =>
        scaling == FeatureScaling.UnitLength ? FeatureStep.UnitLength : Standardizing(train);

    // To a mean squared length of 1, so that an L2 means the same for both scalings.
    private static FeatureStep.Scaling Standardizing(float[][] train)
    {
        int width = train[0].Length;
        float[] mean = new float[width], squares = new float[width];
        foreach (float[] x in train) TensorPrimitives.Add(mean, x, mean);
        TensorPrimitives.Divide(mean, train.Length, mean);
        float[] difference = new float[width];
        foreach (float[] x in train)
        {
            TensorPrimitives.Subtract(x, mean, difference);
            TensorPrimitives.MultiplyAdd(difference, difference, squares, squares);
        }

        return new FeatureStep.Scaling(Array.ConvertAll(squares, sum => sum > 0 ? 1 / MathF.Sqrt(sum / train.Length * width) : 0), mean);
    }
}

/// <summary>A head to try.</summary>
/// <param name="Scaling">Of the features.</param>
/// <param name="L2">As <see cref="ClassificationHeadOptions.L2Regularization"/> has it.</param>
internal readonly record struct HeadCandidate(FeatureScaling Scaling, float L2);

/// <summary>A head that is fitted with one regularization after another.</summary>
/// <param name="Fit">Fits it with a weight of half the squared weights.</param>
/// <param name="LossOf">The loss of an image that it is not fitted on, by its scaled features and its place among all.</param>
internal readonly record struct HeldOutFit(Action<float> Fit, Func<float[], int, double> LossOf);
