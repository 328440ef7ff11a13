using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

/// <summary>Intervals and tests against published figures.</summary>
[TestClass]
public sealed class ProportionIntervalTests
{
    /// <summary>Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.</summary>
    [TestMethod]
    [DataRow(81, 263, 0.2553, 0.3662)]
    [DataRow(15, 148, 0.0624, 0.1605)]
    [DataRow(0, 20, 0.0000, 0.1611)]
    [DataRow(1, 29, 0.0061, 0.1718)]
    public void Wilsons_interval_is_the_published_one(int successes, int count, double low, double high)
    {
        var interval = ProportionInterval.Of((double)successes / count, count);
        Assert.AreEqual(low, interval.Low, 5e-5);
        Assert.AreEqual(high, interval.High, 5e-5);
    }

    /// <summary>Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10, (a): 56/70 less 48/80.</summary>
    [TestMethod]
    public void The_interval_of_a_difference_is_the_published_one()
    {
        var interval = ProportionInterval.OfDifference(56 / 70.0, 70, 48 / 80.0, 80);
        Assert.AreEqual(0.0524, interval.Low, 5e-5);
        Assert.AreEqual(0.3339, interval.High, 5e-5);
    }

    [TestMethod]
    public void Of_no_images_nothing_is_known() => Assert.AreEqual(new ProportionInterval(0, 1), ProportionInterval.Of(0, 0));

    /// <summary>By hand: of 12 coins at most 2 or at least 10 on one side, 2 (1 + 12 + 66) / 4096.</summary>
    [TestMethod]
    public void McNemars_test_counts_coins()
    {
        Assert.AreEqual(2 * 79 / 4096.0, RunComparison.McNemar(10, 2), 1e-12);
        Assert.AreEqual(RunComparison.McNemar(10, 2), RunComparison.McNemar(2, 10), 1e-15);
        Assert.AreEqual(1, RunComparison.McNemar(3, 3));
        Assert.AreEqual(1, RunComparison.McNemar(0, 0));
    }
}
