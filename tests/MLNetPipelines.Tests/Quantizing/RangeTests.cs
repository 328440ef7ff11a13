namespace ResNetMLNet.MLNetPipelines.Tests.Quantizing;

/// <summary>What 8 bits stand for.</summary>
[TestClass]
public sealed class RangeTests
{
    [TestMethod]
    public void Zero_is_a_level_and_the_ends_are_within_one()
    {
        ValueRange range = new(-1, 3);
        Assert.AreEqual(4f / 255, range.Scale);
        Assert.AreEqual(64, range.ZeroPoint);
        Assert.AreEqual(0, new ValueRange(0, 6).ZeroPoint);
        Assert.AreEqual(255, new ValueRange(-6, 0).ZeroPoint);
    }

    [TestMethod]
    public void Values_that_are_always_zero_have_a_scale()
    {
        ValueHistogram values = new();
        values.Add(new float[100]);
        foreach (CalibrationMethod method in Enum.GetValues<CalibrationMethod>())
        {
            ValueRange range = RangeChoice.Of(values, method);
            Assert.AreEqual((1f, (byte)0), (range.Scale, range.ZeroPoint), $"{method}");
        }
    }

    [TestMethod]
    public void Numbers_that_are_nearly_zero_have_a_normal_scale()
    {
        ValueHistogram values = new();
        values.Add([1e-40f, -1e-40f, 0]);
        Assert.IsGreaterThan(1e-13f, RangeChoice.Of(values, CalibrationMethod.MinMax).Scale);
    }

    [TestMethod]
    public void A_histogram_keeps_every_number_as_larger_ones_come()
    {
        ValueHistogram values = new();
        values.Add([0, 0.5f, -0.25f]);
        values.Add([1000, -3, 0]);
        Assert.AreEqual((6L, 2L, -3f, 1000f), (values.Count, values.Zeros, values.Minimum, values.Maximum));
        Assert.AreEqual(4, Enumerable.Range(-ValueHistogram.Bins, 2 * ValueHistogram.Bins).Sum(bin => values[bin]));
        Assert.AreEqual(0.25f, values.Width, "the first width, 0.5 / 4096, doubled until 1000 fits");

        // 0.5 was the upper edge of the first range, and stays in its last bin.
        foreach (int bin in new[] { 4000, 1, -1, -12 }) Assert.AreEqual(1, values[bin], $"bin {bin}");
    }

    [TestMethod]
    public void NaN_is_refused() =>
        Assert.ThrowsExactly<InvalidDataException>(() => new ValueHistogram().Add([1, float.NaN]));

    /// <summary>One number in a million, a hundred times as large as the others.</summary>
    [TestMethod]
    public void A_single_outlier_coarsens_only_the_range_of_everything()
    {
        ValueHistogram values = new();
        var random = new Random(1);
        for (int i = 0; i < 100; i++) values.Add([.. Enumerable.Range(0, 10_000).Select(_ => random.NextSingle())]);
        values.Add([100]);
        Assert.AreEqual(100f, RangeChoice.Of(values, CalibrationMethod.MinMax).High);
        foreach (CalibrationMethod method in new[] { CalibrationMethod.Percentile, CalibrationMethod.Entropy })
            Assert.IsLessThan(25f, RangeChoice.Of(values, method).High, $"{method}");
    }

    /// <summary>Of 255 levels a normal distribution is cut off beyond about four standard deviations.</summary>
    [TestMethod]
    public void The_least_squared_error_cuts_off_the_tails_of_a_normal_distribution()
    {
        ValueHistogram values = new();
        var random = new Random(1);
        values.Add([.. Enumerable.Range(0, 200_000).Select(_ =>
            (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))]);
        ValueRange range = RangeChoice.Of(values, CalibrationMethod.MeanSquaredError);
        Assert.IsTrue(range.High is > 3.4f and < 4.3f && range.Low is < -3.4f and > -4.3f, $"{range}");
    }
}
