using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The relative Mahalanobis distance of arXiv:2106.09022, worked out the long way, and the limit that it gets.</summary>
[TestClass]
public sealed class UnknownScoreTests
{
    private const int Width = 6, Kinds = 3;

    private readonly Random random = new(1);
    private readonly float[][] centres;

    public UnknownScoreTests() => centres = [.. Enumerable.Range(0, Kinds).Select(_ => Noise(3))];

    [TestMethod]
    public void The_score_is_the_relative_Mahalanobis_distance()
    {
        (double[][] features, int[] classes) = Unit(Images(40));
        (double[][] form, double[][] rows, double[] offsets) = new ClassGaussians(features, classes).Function;
        foreach (double[] x in Unit(Images(5)).Features)
        {
            double expected = Reference(features, classes, x, RidgesOf(features, classes), features.Length);
            double score = Product(form, x, x) + rows.Zip(offsets, (row, offset) => Dot(row, x) + offset).Min();
            Assert.AreEqual(expected, score, 1e-9);
        }
    }

    [TestMethod]
    public void An_image_is_scored_as_if_it_had_not_been_there()
    {
        (double[][] features, int[] classes) = Unit([.. Images(30), ("lonely", Noise(3))]);
        var gaussians = new ClassGaussians(features, classes);
        (double Within, double All) ridges = RidgesOf(features, classes);
        for (int i = 0; i < features.Length; i++)
        {
            double expected = Reference(
                [.. features.Where((_, j) => j != i)], [.. classes.Where((_, j) => j != i)], features[i], ridges, features.Length);
            Assert.AreEqual(expected, gaussians.LeftOut(features[i], classes[i]), 1e-9, $"{i}");
        }
    }

    [TestMethod]
    [DataRow(0.8)]
    [DataRow(0.95)]
    public void The_wanted_share_of_new_images_is_kept(double keep)
    {
        UnknownScore score = Fit(Images(400), keep);
        Assert.AreEqual(keep, Images(4000).Average(image => UnknownScore.IsKnown(score.Of(image.Features)) ? 1 : 0), 0.03);
    }

    [TestMethod]
    public void Half_of_new_images_have_less_than_0()
    {
        UnknownScore score = Fit(Images(400));
        Assert.AreEqual(0.5, Images(4000).Average(image => score.Of(image.Features) < 0 ? 1 : 0), 0.05);
    }

    /// <summary>Learned ones are too near to set it by: the network has seen to that.</summary>
    [TestMethod]
    public void Images_that_were_not_learned_set_the_limit_where_they_are_given()
    {
        (string Label, float[] Features)[] wide = [.. Images(400).Select(image => (image.Label, image.Features.Zip(Noise(2), (x, e) => x + e).ToArray()))];
        float[][] others = [.. wide.Select(image => image.Features)];
        (string Label, float[] Features)[] learned = Images(100);
        UnknownScore score = UnknownScore.Fit([.. learned.Select(image => image.Features)], [.. learned.Select(image => image.Label)], 0.9, others);
        Assert.AreEqual(0.9, others.Average(features => UnknownScore.IsKnown(score.Of(features)) ? 1 : 0), 0.01);
        Assert.IsLessThan(0.8, others.Average(features => UnknownScore.IsKnown(Fit(learned, 0.9).Of(features)) ? 1 : 0));
    }

    [TestMethod]
    public void What_lies_elsewhere_is_unknown()
    {
        UnknownScore score = Fit(Images(100));
        Assert.IsTrue(UnknownScore.IsKnown(score.Of(centres[0])));
        Assert.IsFalse(UnknownScore.IsKnown(score.Of([.. centres[0].Select(x => -x)])));
        Assert.IsFalse(UnknownScore.IsKnown(double.NaN));
    }

    /// <summary>The 19th of 19 is the least that 95 % of images to come are below; of 18 there is none.</summary>
    [TestMethod]
    public void The_quantile_is_rounded_up_and_never_beyond_the_greatest()
    {
        Assert.AreEqual(19, UnknownScore.Quantile([.. Enumerable.Range(1, 19).Select(i => (double)i)], 0.95));
        Assert.AreEqual(18, UnknownScore.Quantile([.. Enumerable.Range(1, 18).Select(i => (double)i)], 0.95));
        Assert.AreEqual(38, UnknownScore.Quantile([.. Enumerable.Range(1, 39).Select(i => (double)i)], 0.95));
        Assert.AreEqual(1, UnknownScore.Quantile([1, 2, 3], 0.01));
    }

    [TestMethod]
    public void Of_images_that_are_all_the_same_nothing_is_unknown()
    {
        UnknownScore score = UnknownScore.Fit([[1, 2], [1, 2], [2, 4]], ["a", "b", "b"]);
        Assert.AreEqual(0, score.Of([-3, 1]));
    }

    [TestMethod]
    public void What_makes_no_sense_is_named()
    {
        Assert.AreEqual("The part of known images to keep is above 0, and 1 at most. (Parameter 'keep')\nActual value was 0.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnknownScore.Fit([[1]], ["a"], 0)).Message);
        Assert.AreEqual("There are labels of 1 images for 2. (Parameter 'labels')",
            Assert.ThrowsExactly<ArgumentException>(() => UnknownScore.Fit([[1], [2]], ["a"])).Message);
        Assert.AreEqual("There are no images to fit the score on. (Parameter 'features')",
            Assert.ThrowsExactly<ArgumentException>(() => UnknownScore.Fit([], [])).Message);
        Assert.AreEqual("The image has 1 features, and the score is of 6. (Parameter 'features')",
            Assert.ThrowsExactly<ArgumentException>(() => Fit(Images(20)).Of([1])).Message);
    }

    /// <summary>As ML.NET's own transformers compute it, before and after plain saving and loading.</summary>
    [TestMethod]
    public void The_columns_are_those_of_the_score()
    {
        (string Label, float[] Features)[] images = Images(50);
        UnknownScore score = Fit(images, 0.5);
        var mlContext = new MLContext();
        IDataView data = LabeledFeatures.ToDataView(mlContext, [.. images.Select(image => new LabeledFeatures("", image.Label, image.Features))]);
        using var file = new MemoryStream();
        mlContext.Model.Save(new UnknownScoringTransformer(score, "Features"), data.Schema, file);
        foreach (ITransformer transformer in new[] { new UnknownScoringTransformer(score, "Features"), mlContext.Model.Load(file, out _) })
        {
            IDataView scored = transformer.Transform(data);
            CollectionAssert.AreEqual(new[] { "UnknownScore", "IsKnown" }, scored.Schema.Skip(data.Schema.Count).Select(column => column.Name).ToArray());
            double[] expected = [.. images.Select(image => score.Of(image.Features))];
            foreach ((double one, float other) in expected.Zip(scored.GetColumn<float>("UnknownScore"))) Assert.AreEqual(one, other, 1e-4);
            CollectionAssert.AreEqual(expected.Select(one => one <= 1).ToArray(), scored.GetColumn<bool>("IsKnown").ToArray());
        }
    }

    private static UnknownScore Fit((string Label, float[] Features)[] images, double keep = UnknownScore.DefaultKeep) =>
        UnknownScore.Fit([.. images.Select(image => image.Features)], [.. images.Select(image => image.Label)], keep);

    private (string Label, float[] Features)[] Images(int count) => [.. Enumerable.Range(0, count)
        .Select(i => ($"{i % Kinds}", centres[i % Kinds].Zip(Noise(1), (x, e) => x + e).ToArray()))];

    private float[] Noise(float size) => [.. Enumerable.Range(0, Width).Select(_ => size * ((random.NextSingle() * 2) - 1))];

    private static (double[][] Features, int[] Classes) Unit((string Label, float[] Features)[] images)
    {
        string[] labels = [.. images.Select(image => image.Label).Distinct()];
        return ([.. images.Select(image => image.Features.Select(x => (double)x).ToArray()).Select(x => Scaled(x, 1 / Math.Sqrt(Dot(x, x))))],
            [.. images.Select(image => Array.IndexOf(labels, image.Label))]);
    }

    // The squared distance from the nearest class less the one from all, by covariances that are inverted whole.
    private static double Reference(double[][] features, int[] classes, double[] x, (double Within, double All) ridges, int images)
    {
        int[] kinds = [.. classes.Distinct()];
        Dictionary<int, double[]> means = kinds.ToDictionary(kind => kind, kind => Mean([.. features.Where((_, i) => classes[i] == kind)]));
        double[] mean = Mean(features);
        double[][] within = Inverse(Covariance([.. features.Select((f, i) => Less(f, means[classes[i]]))], ridges.Within, images)),
            all = Inverse(Covariance([.. features.Select(f => Less(f, mean))], ridges.All, images));
        return kinds.Min(kind => Product(within, Less(x, means[kind]), Less(x, means[kind]))) - Product(all, Less(x, mean), Less(x, mean));
    }

    // Three times the mean variance.
    private static (double Within, double All) RidgesOf(double[][] features, int[] classes)
    {
        double[] mean = Mean(features);
        double[][] means = [.. Enumerable.Range(0, classes.Max() + 1).Select(kind => Mean([.. features.Where((_, i) => classes[i] == kind)]))];
        return (3 * features.Select((x, i) => Less(x, means[classes[i]])).Average(d => Dot(d, d)) / Width,
            3 * features.Select(x => Less(x, mean)).Average(d => Dot(d, d)) / Width);
    }

    private static double[][] Covariance(double[][] centred, double ridge, int images) => [.. Enumerable.Range(0, Width).Select(i =>
        Enumerable.Range(0, Width).Select(j => (centred.Sum(x => x[i] * x[j]) / images) + (i == j ? ridge : 0)).ToArray())];

    // Gauss and Jordan; a covariance needs no pivoting.
    private static double[][] Inverse(double[][] a)
    {
        double[][] rows = [.. a.Select((row, i) => row.Concat(Enumerable.Range(0, Width).Select(j => i == j ? 1.0 : 0)).ToArray())];
        for (int i = 0; i < Width; i++)
        {
            rows[i] = Scaled(rows[i], 1 / rows[i][i]);
            for (int k = 0; k < Width; k++)
                if (k != i) rows[k] = Less(rows[k], Scaled(rows[i], rows[k][i]));
        }

        return [.. rows.Select(row => row[Width..])];
    }

    private static double[] Mean(double[][] rows) => Scaled(rows.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]), 1.0 / rows.Length);

    private static double[] Less(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static double[] Scaled(double[] a, double scale) => [.. a.Select(x => x * scale)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double Product(double[][] form, double[] a, double[] b) => Dot(a, [.. form.Select(row => Dot(row, b))]);
}
