using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The threads that ONNX Runtime runs networks on, on the CPU, where many networks share them.</summary>
/// <remarks>
/// By default each network has threads of its own: best for one or a few. Of many networks in one process that run at the same time, each
/// would bring as many threads as there are cores.
/// </remarks>
public static class OnnxRuntimeThreads
{
    /// <summary>Whether networks share their threads.</summary>
    public static bool AreShared { get; private set; }

    /// <summary>Lets all networks of this process share one set of threads. Call it first, before anything uses ONNX Runtime.</summary>
    /// <param name="count">Threads, 1 to 1024; null is one on each physical core, and as many as a container's quota allows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in 1 to 1024.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime is in use already.</exception>
    public static void Share(int? count = null)
    {
        if (count is not (null or (>= 1 and <= 1024)))
            throw new ArgumentOutOfRangeException(nameof(count), count, "Networks share 1 to 1024 threads; null is one on each physical core.");
        if (OrtEnv.IsCreated)
        {
            throw new InvalidOperationException(
                "ONNX Runtime is in use already, and its threads are chosen when it starts. Share them before the first network is opened.");
        }

        using OrtThreadingOptions threads = new() { GlobalIntraOpNumThreads = count ?? CpuThreads.ForNetwork };
        EnvironmentCreationOptions creation = new() { logId = "ResNetMLNet", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, threadOptions = threads };
        OrtEnv.CreateInstanceWithOptions(ref creation);
        AreShared = true;
    }
}
