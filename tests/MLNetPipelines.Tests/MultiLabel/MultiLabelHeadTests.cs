namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A logistic regression for each label.</summary>
[TestClass]
public sealed class MultiLabelHeadTests
{
    private const int Width = 6;

    /// <summary>At the minimum the gradient is 0: the errors' sum, and for each weight the errors times the feature and L2 times the weight.</summary>
    [TestMethod]
    public void Each_label_is_at_the_minimum_of_its_loss()
    {
        const float l2 = 0.5f;
        (float[][] features, string[][] labels) = Images(60, noise: 0.5);
        MultiLabelHead head = MultiLabelHead.Fit(
            features, labels, new MultiLabelHeadOptions { Scaling = FeatureScaling.UnitLength, L2Regularization = l2 });
        CollectionAssert.AreEqual(new[] { "first", "second" }, head.Labels.ToArray());
        float[][] scaled = [.. features.Select(x => FeatureStep.UnitLength.Apply(x))];
        foreach ((int label, string name) in head.Labels.Index())
        {
            double[] errors = [.. features.Zip(labels, (x, has) => head.Numbers.Probabilities(x)[label] - (has.Contains(name) ? 1.0 : 0))];
            Assert.AreEqual(0, errors.Sum(), 0.02);
            for (int c = 0; c < Width; c++)
                Assert.AreEqual(0, scaled.Zip(errors, (x, error) => x[c] * error).Sum() + l2 * head.Numbers.Weights[label][c], 0.02, $"feature {c}");
        }
    }

    [TestMethod]
    public void Labels_are_found_together_and_each_by_itself()
    {
        (float[][] features, string[][] labels) = Images(200, noise: 0);
        MultiLabelHead head = MultiLabelHead.Fit(features, labels);
        MultiLabelReport report = MultiLabelReport.Of(head.Labels, head.Thresholds, labels, [.. features.Select(head.Numbers.Probabilities)]);
        Assert.IsGreaterThan(0.98, report.MeanAveragePrecision!.Value);
        Assert.IsGreaterThan(0.95, report.MacroF1!.Value);
    }

    /// <summary>Where labels are chance, a head that has learned its images by heart is sure of them, and of others it knows nothing.</summary>
    [TestMethod]
    public void Thresholds_are_chosen_on_predictions_that_are_held_out()
    {
        (float[][] features, _) = Images(60, noise: 0);
        Random random = new(5);
        string[][] labels = [.. features.Select((_, i) => random.Next(4) == 0 || i == 0 ? (string[])["chance"] : [])];
        var options = new MultiLabelHeadOptions { Scaling = FeatureScaling.Standardized, L2Regularization = 1e-4f };
        MultiLabelHead head = MultiLabelHead.Fit(features, labels, options);
        float[][] learned = [.. features.Select(head.Numbers.Probabilities)];
        bool[][] truth = MultiLabelHead.Truth(labels, head.Labels);
        Assert.AreNotEqual(MultiLabelHead.ThresholdsOf(LabelThresholds.BestF1, truth, learned)[0], head.Thresholds[0]);
        Assert.AreEqual(0.4f, MultiLabelHead.Fit(features, labels, options with { Thresholds = LabelThresholds.Fixed(0.4f) }).Thresholds[0]);
    }

    [TestMethod]
    public void Regularization_is_chosen_by_the_data()
    {
        (float[][] features, string[][] clean) = Images(200, noise: 0);
        Random random = new(3);
        string[][] chance = [.. clean.Select(_ => random.Next(2) == 0 ? (string[])["chance"] : [])];
        MultiLabelHeadOptions options = new() { Scaling = FeatureScaling.Standardized };
        Assert.AreEqual(0.01f, MultiLabelHead.Choose(features, clean, options).L2Regularization);
        Assert.IsGreaterThan(0.02f, MultiLabelHead.Choose(features, chance, options).L2Regularization!.Value);
        Assert.AreEqual(FeatureScaling.UnitLength, MultiLabelHead.Choose(features[..10], clean[..10]).Scaling);
    }

    [TestMethod]
    public void What_nothing_can_be_learned_of_is_refused()
    {
        Assert.AreEqual("None of the 2 images has a label. There is nothing to learn.",
            Assert.ThrowsExactly<InvalidDataException>(() => MultiLabelHead.Fit([[1], [2]], [[], []])).Message);
        Assert.AreEqual("All 2 images have the labels 'a', 'b'. There is nothing to learn where all have the same.",
            Assert.ThrowsExactly<InvalidDataException>(() => MultiLabelHead.Fit([[1], [2]], [["a", "b"], ["b", "a"]])).Message);
    }

    /// <summary>"first" where one linear function of the features is above its middle, "second" where another is.</summary>
    private static (float[][] Features, string[][] Labels) Images(int count, double noise)
    {
        Random random = new(1);
        float[][] features = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Width).Select(_ => 2 * random.NextSingle() - 1).ToArray())];
        return (features, [.. features.Select(x => new[] { ("first", x[0] + x[1]), ("second", x[2] - x[1]) }
            .Where(label => label.Item2 + noise * (random.NextDouble() - 0.5) > 0).Select(label => label.Item1).ToArray())]);
    }
}
