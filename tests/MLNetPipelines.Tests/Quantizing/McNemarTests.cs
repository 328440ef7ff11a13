namespace ResNetMLNet.MLNetPipelines.Tests.Quantizing;

[TestClass]
public sealed class McNemarTests
{
    // 2 * P(X <= 1) of 10 flips of a coin: 2 * 11 / 1024; and of 5 none: 2 / 32.
    [TestMethod]
    [DataRow(1, 9, 22.0 / 1024)]
    [DataRow(9, 1, 22.0 / 1024)]
    [DataRow(0, 5, 2.0 / 32)]
    [DataRow(0, 0, 1.0)]
    [DataRow(4, 4, 1.0)]
    public void The_exact_test_counts_coin_flips(int first, int second, double expected) =>
        Assert.AreEqual(expected, McNemar.PValue(first, second), 1e-12);
}
