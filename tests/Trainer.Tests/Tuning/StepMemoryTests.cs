using System.Runtime.InteropServices;
using ResNetMLNet.Trainer;
using TorchSharp;

namespace Trainer.Tests.Tuning;

/// <summary>A step of a training leaves nothing behind in native memory.</summary>
[TestClass]
public sealed class StepMemoryTests
{
    private const int First = 50, Last = 200;

    private static readonly TinyData pictures = new(perClass: Last / 2);

    [ClassCleanup]
    public static void Clean() => pictures.Dispose();

    /// <summary>Tensors that have a handle, and bytes that malloc has given out: the first steps make momentum and buffers, the others nothing.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow(OptimizerKind.Sgd)]
    [DataRow(OptimizerKind.AdamW)]
    [DataRow(OptimizerKind.Lamb)]
    public void The_200th_step_has_the_memory_of_the_50th(OptimizerKind optimizer)
    {
        using var training = new TinyTraining(pictures);
        using TunedNetwork network = TinyTraining.Network();
        (long Tensors, long Bytes)[] after = new (long, long)[Last + 1];
        int step = 0;
        using TuningLoop loop = training.Loop(
            network, new Recipe { Epochs = 1, BatchSize = 1, Optimizer = optimizer, LearningRate = 1e-4, WeightDecay = 1e-4, WarmUpEpochs = 0 },
            stepped: () => after[++step] = (torch.Tensor.TotalCount, Allocated()));
        loop.TrainEpoch();

        Assert.AreEqual(Last, step);
        Assert.IsLessThanOrEqualTo(after[First].Tensors, after[Last].Tensors);
        // Up to 3 MB are the just-in-time compiler's, which compiles anew what is called often. Gradients that each step left behind would be 6 MB.
        Assert.IsLessThan(4_000_000, after[Last].Bytes - after[First].Bytes);
    }

    private static long Allocated()
    {
        MallInfo info = mallinfo2();
        return info.Used + info.Mapped;
    }

    [DllImport("libc.so.6", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern MallInfo mallinfo2();

    // malloc.h, struct mallinfo2: bytes in use by malloc, and by its mmap.
    [StructLayout(LayoutKind.Sequential)]
    private struct MallInfo
    {
        public nint Arena, Ordblks, Smblks, Hblks, Mapped, Usmblks, Fsmblks, Used, Free, Keepcost;
    }
}
