using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How unlike the training images an image is, by its features: the relative Mahalanobis distance (Ren et al. 2021, arXiv:2106.09022) of
/// features of unit length, which was chosen by measurement (benchmarks/Unknown). Of known images half have a score below 0, and the wanted
/// share of them have 1 at most: an image with more is taken for unknown.
/// </summary>
public sealed class UnknownScore
{
    /// <summary>The part of known images that is kept where nothing else is asked for.</summary>
    public const double DefaultKeep = 0.95;

    /// <summary>The score of the least known image that is kept.</summary>
    public const float Limit = 1;

    // What Gaussians are fitted on: more would take long, and change little.
    private const int MostImages = 5000;

    /// <param name="form">[C][C].</param>
    /// <param name="classes">[K][C].</param>
    /// <param name="offsets">[K].</param>
    internal UnknownScore(float[][] form, float[][] classes, float[] offsets) => (Form, Classes, Offsets) = (form, classes, offsets);

    /// <summary>The score is x . Form x + min over the classes of (Class . x + offset), of features x of unit length.</summary>
    internal float[][] Form { get; }

    internal float[][] Classes { get; }

    internal float[] Offsets { get; }

    /// <summary>Whether an image with this score is taken for one of a known kind; one whose score is NaN is not.</summary>
    public static bool IsKnown(double score) => score <= Limit;

    /// <summary>Fits it. The same images in the same order give the same score.</summary>
    /// <param name="features">[N][C], as the backbone gives them: of images that were trained on.</param>
    /// <param name="labels">[N]: their classes.</param>
    /// <param name="keep">The part of known images to keep, above 0 and 1 at most.</param>
    /// <param name="unlearned">
    /// [M][C]: known images to set the limit by. Null sets it by the images to train on, each scored as if it had not been there, which is
    /// right where the backbone has not learned them.
    /// </param>
    /// <returns>
    /// The score; where all images have the same features, so that there is nothing to go by, it is 0 for every image.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The part to keep is out of its range.</exception>
    public static UnknownScore Fit(
        IReadOnlyList<float[]> features, IReadOnlyList<string> labels, double keep = DefaultKeep, IReadOnlyList<float[]>? unlearned = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        RequireShare(keep);
        if (features.Count == 0) throw new ArgumentException("There are no images to fit the score on.", nameof(features));
        if (features.Count != labels.Count)
            throw new ArgumentException($"There are labels of {labels.Count} images for {features.Count}.", nameof(labels));
        (double[][] unit, int[] classes) = Sample(features, labels);
        int count = classes.Max() + 1;
        double[][] form = Zeros(unit[0].Length, unit[0].Length), rows = Zeros(count, unit[0].Length);
        double[] offsets = new double[count];
        double median = 0, scale = 0;
        if (unit.Any(x => !x.AsSpan().SequenceEqual(unit[0])))
        {
            var gaussians = new ClassGaussians(unit, classes);
            (form, rows, offsets) = gaussians.Function;
            double[] known = new double[unlearned?.Count ?? unit.Length];
            if (unlearned is null) Parallel.For(0, known.Length, i => known[i] = gaussians.LeftOut(unit[i], classes[i]));
            else Parallel.For(0, known.Length, i => known[i] = Value(form, rows, offsets, ToUnit(unlearned[i])));
            median = known.Order().ElementAt((known.Length - 1) / 2);
            double spread = Quantile(known, keep) - median;
            scale = spread > 0 ? 1 / spread : 0;
        }

        return new UnknownScore(
            [.. form.Select(row => Scaled(row, scale))], [.. rows.Select(row => Scaled(row, scale))],
            [.. offsets.Select(offset => (float)((offset - median) * scale))]);
    }

    /// <summary>
    /// The least limit that keeps a part of images like those whose scores are given: their quantile, rounded up so that the part holds for
    /// images to come on average (split conformal prediction: Angelopoulos and Bates 2021, arXiv:2107.07511, section 1).
    /// </summary>
    /// <param name="scores">At least one.</param>
    /// <param name="keep">The part, above 0 and 1 at most; where the images are too few for it, the limit is the greatest score.</param>
    public static double Quantile(IReadOnlyCollection<double> scores, double keep)
    {
        ArgumentNullException.ThrowIfNull(scores);
        RequireShare(keep);
        double[] sorted = [.. scores.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling((sorted.Length + 1) * keep), 1, sorted.Length) - 1];
    }

    /// <summary>The score of an image: 0 is the median of known images, above <see cref="Limit"/> it is taken for unknown.</summary>
    /// <param name="features">[C], as the backbone gives them.</param>
    public double Of(ReadOnlySpan<float> features)
    {
        if (features.Length != Form.Length)
            throw new ArgumentException($"The image has {features.Length} features, and the score is of {Form.Length}.", nameof(features));
        float[] unit = FeatureStep.UnitLength.Apply(features);
        return Combine(unit, [.. Form.Select(row => TensorPrimitives.Dot<float>(row, unit)),
            .. Classes.Select((row, c) => TensorPrimitives.Dot<float>(row, unit) + Offsets[c])]);
    }

    /// <summary>The score by its linear functions.</summary>
    /// <param name="unit">[C], of unit length.</param>
    /// <param name="values">[C + K]: the rows of the form times those, and each class.</param>
    internal static float Combine(ReadOnlySpan<float> unit, ReadOnlySpan<float> values) =>
        TensorPrimitives.Dot(unit, values[..unit.Length]) + TensorPrimitives.Min(values[unit.Length..]);

    private static double Value(double[][] form, double[][] classes, double[] offsets, double[] x) =>
        TensorPrimitives.Dot<double>(Array.ConvertAll(form, row => TensorPrimitives.Dot<double>(row, x)), x)
        + classes.Zip(offsets, (row, offset) => TensorPrimitives.Dot<double>(row, x) + offset).Min();

    // Of each class its first images, as many as its part of all.
    private static (double[][] Unit, int[] Classes) Sample(IReadOnlyList<float[]> features, IReadOnlyList<string> labels)
    {
        double part = Math.Min(1, (double)MostImages / features.Count);
        int[][] members = [.. Enumerable.Range(0, features.Count).GroupBy(i => labels[i])
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray())];
        (int Image, int Class)[] taken = [.. members.Index().SelectMany(group =>
            group.Item.Take((int)Math.Ceiling(part * group.Item.Length)).Select(i => (i, group.Index)))];
        return ([.. taken.Select(one => ToUnit(features[one.Image]))], [.. taken.Select(one => one.Class)]);
    }

    private static double[] ToUnit(float[] x) => [.. FeatureStep.UnitLength.Apply(x)];

    private static float[] Scaled(double[] row, double scale) => Array.ConvertAll(row, value => (float)(value * scale));

    private static double[][] Zeros(int rows, int width) => [.. Enumerable.Range(0, rows).Select(_ => new double[width])];

    internal static void RequireShare(double keep)
    {
        if (keep is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "The part of known images to keep is above 0, and 1 at most.");
    }
}
