namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Linear classifiers on a backbone's features, one logistic regression for each label: an image has any number of labels, or none.
/// </summary>
/// <param name="Numbers">A row for each label; its link is <see cref="HeadLink.Sigmoid"/>.</param>
/// <param name="Labels">The labels, in the rows' order.</param>
/// <param name="Thresholds">The probability from which on an image is given each label.</param>
public sealed record MultiLabelHead(LinearHead Numbers, IReadOnlyList<string> Labels, IReadOnlyList<float> Thresholds)
{
    // What thresholds are chosen by: more would take long, and change little.
    private const int MostImages = 2000;

    // What the usual trainer gains in its last steps.
    private const double Fitting = 1e-7;

    /// <summary>
    /// Chooses what the options leave open, by the log-loss in five-fold cross-validation on these images alone, as
    /// <see cref="ClassificationHead.Choose"/> does; one scaling and one L2 for all labels. Of fewer than 20 images nothing is chosen:
    /// features get unit length and L2 is 0.01.
    /// </summary>
    /// <param name="features">[N][C].</param>
    /// <param name="labels">[N]: the labels of each image.</param>
    /// <param name="options">What is null is chosen; null leaves everything open.</param>
    /// <returns>The options with scaling and L2 set.</returns>
    /// <exception cref="InvalidDataException">There are no labels, or all images have the same.</exception>
    public static MultiLabelHeadOptions Choose(
        IReadOnlyList<float[]> features, IReadOnlyList<IReadOnlyCollection<string>> labels, MultiLabelHeadOptions? options = null)
    {
        Require(features, labels);
        options ??= new MultiLabelHeadOptions();
        HeadCandidate[] candidates = HeadSelection.Candidates(options.Scaling, options.L2Regularization);
        HeadCandidate chosen = candidates[0];
        if (candidates.Length > 1 && features.Count >= HeadSelection.FewestImages)
        {
            string[] judged = [.. labels.SelectMany(each => each).CountBy(label => label).OrderByDescending(count => count.Value)
                .ThenBy(count => count.Key, StringComparer.Ordinal).Take(HeadSelection.MostClasses).Select(count => count.Key)];
            int[] sample = Sample(features.Count, HeadSelection.LargestFit / features[0].Length / judged.Length, options.Seed);
            bool[][] truth = Truth([.. sample.Select(i => labels[i])], judged);
            int splits = sample.Length <= HeadSelection.SplitTwice ? 2 : 1;
            int[][] foldOf = [.. Enumerable.Range(0, splits).Select(split => FoldOf([.. sample.Select(i => labels[i])], options.Seed + split))];
            chosen = HeadSelection.Best(candidates, HeadSelection.CrossValidate(
                candidates, [.. sample.Select(i => features[i])], foldOf, (scaled, train) =>
                {
                    LogisticRegression[] each = [.. truth.Select(has => new LogisticRegression(scaled, [.. train.Select(i => has[i])]))];
                    return new HeldOutFit(
                        l2 => Array.ForEach(each, one => one.Fit(l2)),
                        (x, i) => each.Zip(truth, (one, has) => LogisticRegression.LossOf(one.Logit(x), has[i])).Sum());
                }));
        }

        return options with { Scaling = chosen.Scaling, L2Regularization = chosen.L2 };
    }

    /// <summary>Fits it, and chooses thresholds on predictions that are held out in five folds. The same images in the same order give the same head.</summary>
    /// <param name="features">[N][C].</param>
    /// <param name="labels">[N]: the labels of each image; all that are there are learned, in ordinal order.</param>
    /// <param name="options">What is null is chosen; null leaves everything open.</param>
    /// <exception cref="InvalidDataException">There are no labels, or all images have the same.</exception>
    public static MultiLabelHead Fit(
        IReadOnlyList<float[]> features, IReadOnlyList<IReadOnlyCollection<string>> labels, MultiLabelHeadOptions? options = null)
    {
        MultiLabelHeadOptions chosen = Choose(features, labels, options);
        string[] names = NamesOf(labels);
        LinearHead head = Fit([.. features], Truth(labels, names), chosen);
        float[] thresholds = new float[names.Length];
        if (chosen.Thresholds.AreChosen)
        {
            int[] sample = Sample(features.Count, MostImages, chosen.Seed);
            IReadOnlyCollection<string>[] sampled = [.. sample.Select(i => labels[i])];
            bool[][] truth = Truth(sampled, names);
            float[][] heldOut = HeldOut([.. sample.Select(i => features[i])], sampled, truth, chosen);
            return new MultiLabelHead(head, names, ThresholdsOf(chosen.Thresholds, truth, heldOut));
        }

        return new MultiLabelHead(head, names, [.. names.Select(_ => chosen.Thresholds.Choose([], []))]);
    }

    /// <summary>The labels that there are, in ordinal order.</summary>
    /// <param name="labels">Of each image.</param>
    public static string[] NamesOf(IEnumerable<IReadOnlyCollection<string>> labels) =>
        [.. labels.SelectMany(each => each).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Chooses the threshold of each label on images that were held out.</summary>
    /// <param name="thresholds">How.</param>
    /// <param name="truth">[labels][N]: whether an image has a label.</param>
    /// <param name="probabilities">[N][labels].</param>
    public static float[] ThresholdsOf(LabelThresholds thresholds, IReadOnlyList<bool[]> truth, IReadOnlyList<float[]> probabilities)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return [.. truth.Select((has, label) => thresholds.Choose(has, [.. probabilities.Select(image => image[label])]))];
    }

    /// <summary>Whether each image has each label, [labels][N].</summary>
    /// <param name="labels">Of each image.</param>
    /// <param name="names">The labels, in the order of the result.</param>
    public static bool[][] Truth(IReadOnlyList<IReadOnlyCollection<string>> labels, IReadOnlyList<string> names)
    {
        HashSet<string>[] sets = [.. labels.Select(each => each.ToHashSet(StringComparer.Ordinal))];
        return [.. names.Select(name => sets.Select(set => set.Contains(name)).ToArray())];
    }

    private static LinearHead Fit(float[][] features, bool[][] truth, MultiLabelHeadOptions options)
    {
        FeatureStep step = HeadSelection.Scaling(options.Scaling!.Value, features);
        float[][] scaled = [.. features.Select(x => step.Apply(x))];
        var each = new LogisticRegression[truth.Length];
        Parallel.For(0, truth.Length, label =>
        {
            each[label] = new LogisticRegression(scaled, truth[label], Fitting);
            each[label].Fit(options.L2Regularization!.Value);
        });
        return new LinearHead([.. each.Select(one => one.Weights)], [.. each.Select(one => one.Bias)]) { Steps = [step], Link = HeadLink.Sigmoid };
    }

    /// <summary>The probabilities that heads fitted on the other folds give each image, [N][labels].</summary>
    private static float[][] HeldOut(
        float[][] features, IReadOnlyCollection<string>[] labels, bool[][] truth, MultiLabelHeadOptions options)
    {
        int[] foldOf = FoldOf(labels, options.Seed);
        float[][] result = new float[features.Length][];
        for (int fold = 0; fold < HeadSelection.Folds; fold++)
        {
            int[] train = [.. Enumerable.Range(0, features.Length).Where(i => foldOf[i] != fold)];
            if (train.Length is 0 || train.Length == features.Length) continue;
            LinearHead head = Fit([.. train.Select(i => features[i])], [.. truth.Select(has => train.Select(i => has[i]).ToArray())], options);
            for (int i = 0; i < features.Length; i++)
                if (foldOf[i] == fold) result[i] = head.Probabilities(features[i]);
        }

        return result;
    }

    private static int[] FoldOf(IReadOnlyList<IReadOnlyCollection<string>> labels, int seed) =>
        LabelStratification.Of(labels, [.. Enumerable.Repeat(1.0 / HeadSelection.Folds, HeadSelection.Folds)], seed);

    private static int[] Sample(int count, long most, int seed)
    {
        int[] sample = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(sample);
        return [.. sample.Take((int)Math.Min(Math.Max(most, HeadSelection.FewestImages), count)).Order()];
    }

    private static void Require(IReadOnlyList<float[]> features, IReadOnlyList<IReadOnlyCollection<string>> labels)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        if (features.Count != labels.Count)
            throw new ArgumentException($"There are labels of {labels.Count} images for {features.Count}.", nameof(labels));
        if (features.Count == 0) throw new InvalidDataException("There are no images to train on.");
        string[] names = NamesOf(labels);
        if (names.Length == 0) throw new InvalidDataException($"None of the {labels.Count} images has a label. There is nothing to learn.");
        if (Truth(labels, names).All(has => has.Distinct().Count() == 1))
        {
            throw new InvalidDataException(
                $"All {labels.Count} images have the labels '{string.Join("', '", names)}'. There is nothing to learn where all have the same.");
        }
    }
}
