using ResNetMLNet.MLNetPipelines;
using TorchSharp;

namespace Trainer.Tests;

/// <summary>
/// Four test programs share a few cores, and threads of libtorch and of ONNX Runtime wait for each other by spinning: with one thread each, all are
/// faster, and libtorch makes sums in the same order in this process and in those that it starts (<see cref="CommandLine.Start(string[])"/>). Nor does
/// a processor's bfloat16 decide on what tests compare: those of bfloat16 ask for it.
/// </summary>
[TestClass]
public static class TestThreads
{
    public const string Variable = "OMP_NUM_THREADS";

    [AssemblyInitialize]
    public static void UseOne(TestContext context)
    {
        torch.set_num_threads(1);
        OnnxRuntimeThreads.Share(1);
        Environment.SetEnvironmentVariable("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_VNNI");
    }
}
