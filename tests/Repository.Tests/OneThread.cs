using ResNetMLNet.MLNetPipelines;
using TorchSharp;

namespace Repository.Tests;

/// <summary>Threads of torch and of ONNX Runtime wait for each other by spinning, and other test programs run beside this one.</summary>
[TestClass]
public static class OneThread
{
    [AssemblyInitialize]
    public static void Start(TestContext context)
    {
        torch.set_num_threads(1);
        OnnxRuntimeThreads.Share(1);
    }
}
