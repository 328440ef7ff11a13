namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class CpuThreadsTests
{
    [TestMethod]
    [DataRow(32, 2, 2)]
    [DataRow(4, 1, 1)]
    [DataRow(4, 4, 0)]
    [DataRow(4, 8, 0)] // hyper-threads: a thread for each core is faster
    [DataRow(null, 2, 0)]
    public void A_quota_below_the_hosts_cores_decides(int? physicalCores, int allowed, int threads) =>
        Assert.AreEqual(threads, CpuThreads.Choose(physicalCores, allowed));

    [TestMethod]
    public void Hyper_threads_are_one_core_and_packages_are_told_apart() => Assert.AreEqual(3, CpuThreads.CountCores(
    [
        "processor\t: 0", "physical id\t: 0", "core id\t\t: 0", "",
        "processor\t: 1", "physical id\t: 0", "core id\t\t: 0", "",
        "processor\t: 2", "physical id\t: 0", "core id\t\t: 1", "",
        "processor\t: 3", "physical id\t: 1", "core id\t\t: 0",
    ]));

    [TestMethod]
    public void Processors_without_core_numbers_count_each() =>
        Assert.AreEqual(2, CpuThreads.CountCores(["processor\t: 0", "BogoMIPS\t: 50.00", "", "processor\t: 1", ""]));
}
