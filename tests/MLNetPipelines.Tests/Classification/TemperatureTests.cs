using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Temperature scaling of arXiv:1706.04599.</summary>
[TestClass]
public sealed class TemperatureTests
{
    /// <summary>The classifier says 0.9 where three of four are right: its logits have to be ln 3 apart, not ln 9, so by half.</summary>
    [TestMethod]
    public void A_classifier_that_is_too_sure_is_brought_to_the_part_that_is_right()
    {
        float[][] probabilities = [.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 40)];
        int[] truth = [.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? 1 : 0)];
        double temperature = Temperature.Fit(probabilities, truth);
        Assert.AreEqual(2, temperature, 1e-3);
        Assert.AreEqual(0.75, Temperature.Apply(probabilities[0], temperature)[0], 1e-4);
    }

    [TestMethod]
    public void Scaled_logits_have_the_scaled_probabilities()
    {
        LinearHead head = new([[1, -2, 3], [0.5f, 1, -1], [-2, 0, 1]], [0.1f, -0.2f, 0.3f]);
        float[] features = [1, 2, 0.5f];
        float[] expected = Temperature.Apply(head.Probabilities(features), 1.7), scaled = Temperature.Apply(head, 1.7).Probabilities(features);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], scaled[i], 1e-6);
        Assert.AreNotEqual(head.Probabilities(features)[0], scaled[0], 1e-3);
    }

    [TestMethod]
    public void Images_that_are_all_right_and_probabilities_of_0_have_a_temperature_too()
    {
        Assert.AreEqual(0.05, Temperature.Fit([[0.6f, 0.4f]], [0]), 0.01);
        Assert.AreEqual(20, Temperature.Fit([[1, 0]], [1]), 0.2);
    }

    /// <summary>Labels that the features say nothing of, learned by heart: on new images the head is sure and wrong.</summary>
    [TestMethod]
    [DataRow(FeatureScaling.UnitLength)]
    [DataRow(FeatureScaling.Standardized)]
    public void A_head_that_learned_noise_by_heart_becomes_less_sure_on_new_images(FeatureScaling scaling)
    {
        Random random = new(1);
        LabeledFeatures[] images = [.. Enumerable.Range(0, 160).Select(i => new LabeledFeatures(
            "", random.Next(2) == 0 ? "a" : "b", [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle() - 0.5f)]))];
        LabeledFeatures[] train = images[..80], others = images[80..];
        MLContext ml = new(seed: 1);
        ClassificationHeadOptions options = new() { Scaling = scaling, L2Regularization = 1e-6f };
        ITransformer head = ClassificationHead.Fit(ml, train, options);
        var before = ClassificationReport.Of(ml, head, others);

        Assert.IsGreaterThan(2, ClassificationHead.Calibrate(ml, head, train, options));

        var after = ClassificationReport.Of(ml, head, others);
        Assert.AreEqual(before.Accuracy, after.Accuracy);
        Assert.IsLessThan(before.LogLoss / 2, after.LogLoss);
    }

    [TestMethod]
    public void What_makes_no_sense_is_named()
    {
        Assert.AreEqual("There are no images to fit a temperature on. (Parameter 'probabilities')",
            Assert.ThrowsExactly<ArgumentException>(() => Temperature.Fit([], [])).Message);
        Assert.AreEqual("There are classes of 1 images for 2. (Parameter 'truth')",
            Assert.ThrowsExactly<ArgumentException>(() => Temperature.Fit([[1, 0], [1, 0]], [1])).Message);
        Assert.AreEqual("Softmax has to make probabilities of the head's logits. (Parameter 'head')",
            Assert.ThrowsExactly<ArgumentException>(() => Temperature.Apply(new LinearHead([[1]], [1]) { Link = HeadLink.Sigmoid }, 2)).Message);
    }
}
