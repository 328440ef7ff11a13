namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The probability from which on an image is given a label.</summary>
[TestClass]
public sealed class LabelThresholdsTests
{
    // By falling probability: five of the first six have the label, then none.
    private static readonly float[] probabilities = [0.9f, 0.8f, 0.7f, 0.6f, 0.4f, 0.3f, 0.2f, 0.1f];
    private static readonly bool[] truth = [true, true, false, true, true, true, false, false];

    /// <summary>F1 of the first six is 10 / 11; of any other number it is less.</summary>
    [TestMethod]
    public void The_best_F1_is_between_the_last_that_has_it_and_the_next() =>
        Assert.AreEqual(0.25f, LabelThresholds.BestF1.Choose(truth, probabilities), 1e-6f);

    /// <summary>Precision 1 is had by the first two, 5 / 6 by the first six, 5 / 7 by the first seven.</summary>
    [TestMethod]
    [DataRow(1.0, 0.75f)]
    [DataRow(0.8, 0.25f)]
    [DataRow(0.7, 0.15f)]
    public void A_wanted_precision_gets_the_lowest_threshold_that_has_it(double precision, float expected) =>
        Assert.AreEqual(expected, LabelThresholds.AtPrecision(precision).Choose(truth, probabilities), 1e-6f);

    /// <summary>The first is wrong, so the highest precision is that of the first six, 5 / 6.</summary>
    [TestMethod]
    public void Where_no_threshold_has_the_precision_the_nearest_is_taken() => Assert.AreEqual(
        0.25f, LabelThresholds.AtPrecision(0.99).Choose([false, true, true, true, true, true, false, false], probabilities), 1e-6f);

    [TestMethod]
    public void Few_images_choose_nothing()
    {
        Assert.AreEqual(0.5f, LabelThresholds.BestF1.Choose([true, true, true, true, false], [0.1f, 0.1f, 0.1f, 0.1f, 0]));
        Assert.AreEqual(0.3f, LabelThresholds.Fixed(0.3f).Choose(truth, probabilities));
    }

    [TestMethod]
    [DataRow("best-f1")]
    [DataRow("precision=0.9")]
    [DataRow("0.25")]
    public void A_choice_is_read_as_it_is_written(string text) => Assert.AreEqual(text, $"{LabelThresholds.Parse(text)}");

    [TestMethod]
    [DataRow("best")]
    [DataRow("precision=0")]
    [DataRow("1.5")]
    public void Another_choice_is_refused(string text) => Assert.AreEqual(
        $"'{text}' is not a choice of thresholds. Use best-f1, precision=0.9 (or another part), or a probability such as 0.5.",
        Assert.ThrowsExactly<FormatException>(() => LabelThresholds.Parse(text)).Message);
}
