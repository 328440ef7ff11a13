using TorchSharp;

namespace Trainer.Tests;

/// <summary>
/// Four test programs share a few cores, and libtorch's threads wait for each other by spinning: with one thread each, all are faster, and sums are
/// made in the same order in this process and in those that it starts (<see cref="CommandLine.Start(string[])"/>).
/// </summary>
[TestClass]
public static class TestThreads
{
    public const string Variable = "OMP_NUM_THREADS";

    [AssemblyInitialize]
    public static void UseOne(TestContext context) => torch.set_num_threads(1);
}
