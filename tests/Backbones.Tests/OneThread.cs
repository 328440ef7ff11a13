using static TorchSharp.torch;

// Two tests at a time, each on one thread: threads of torch that wait for each other spin, and other test processes run beside this one.
[assembly: Parallelize(Workers = 2, Scope = ExecutionScope.MethodLevel)]

namespace Backbones.Tests;

/// <summary>Before the first test.</summary>
[TestClass]
public static class OneThread
{
    [AssemblyInitialize]
    public static void Start(TestContext context)
    {
        set_num_threads(1);
        set_num_interop_threads(1);
    }
}
