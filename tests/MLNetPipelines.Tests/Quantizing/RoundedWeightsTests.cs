namespace ResNetMLNet.MLNetPipelines.Tests.Quantizing;

[TestClass]
public sealed class RoundedWeightsTests
{
    [TestMethod]
    public void Each_channel_has_its_own_scale()
    {
        RoundedWeights rounded = new([1, -0.5f, 100, 25], [0, 0], inputScale: 0.1f, portable: false);
        CollectionAssert.AreEqual(new sbyte[] { 127, -64, 127, 32 }, rounded.Values);
        CollectionAssert.AreEqual(new[] { 1f / 127, 100f / 127 }, rounded.Scales);
    }

    /// <summary>Two products of 255 and 64 fit 16 bits with their signs; two of 255 and 127 do not.</summary>
    [TestMethod]
    public void Portable_weights_do_not_overflow_sixteen_bits()
    {
        RoundedWeights rounded = new([1, -1, 0.3f, 0.7f], [0], inputScale: 0.1f, portable: true);
        Assert.AreEqual(64, rounded.Values.Max(value => Math.Abs(value)));
        Assert.IsLessThanOrEqualTo(short.MaxValue, 2 * 255 * 64);
    }

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(0f, 3f)]
    [DataRow(1e-20f, 3f)]
    public void A_channel_of_next_to_nothing_keeps_its_bias(float weight, float bias)
    {
        const float inputScale = 0.02f;
        RoundedWeights rounded = new([weight, weight], [bias], inputScale, portable: false);
        float scale = rounded.Scales.Single() * inputScale;
        Assert.IsTrue(float.IsNormal(scale), $"{scale}");
        double level = Math.Round(bias / scale);
        Assert.IsLessThanOrEqualTo(int.MaxValue, level);
        Assert.AreEqual(bias, level * scale, 1e-5);
    }

    /// <summary>Weights 0.304 and 1 are rounded with errors e; inputs that are 2 and 5 on average shift the output by e * (2, 5).</summary>
    [TestMethod]
    public void The_bias_takes_up_the_mean_of_the_rounding_errors()
    {
        float[] weights = [0.304f, 1, 1, 0.304f];
        RoundedWeights rounded = new(weights, [0, 0], inputScale: 0.1f, portable: false);
        float error = 39f / 127 - 0.304f;
        float[] corrected = BiasCorrection.Of([1, 1], weights, rounded, means: [2, 5], inputs: 2);
        Assert.AreEqual(1 - 2 * error, corrected[0], 1e-6f);
        Assert.AreEqual(1 - 5 * error, corrected[1], 1e-6f);
    }

    [TestMethod]
    public void Each_group_of_a_convolution_has_the_means_of_its_own_inputs()
    {
        float[] weights = [0.304f, 1, 0.304f, 1];
        RoundedWeights rounded = new(weights, [0, 0], inputScale: 0.1f, portable: false);
        float error = 39f / 127 - 0.304f;
        float[] corrected = BiasCorrection.Of([0, 0], weights, rounded, means: [2, 0, 5, 0], inputs: 2);
        Assert.AreEqual(-2 * error, corrected[0], 1e-6f);
        Assert.AreEqual(-5 * error, corrected[1], 1e-6f);
    }
}
