namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Threads of ONNX Runtime wait for each other by spinning, and other test programs run beside this one.</summary>
[TestClass]
public static class OneThread
{
    [AssemblyInitialize]
    public static void Start(TestContext context) => CpuThreads.ForNetwork = 1;
}
