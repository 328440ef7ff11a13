using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An ONNX Runtime session and the device that it runs on.</summary>
/// <param name="Session">The session; the holder disposes of it.</param>
/// <param name="OnCuda">Whether it runs on a CUDA device.</param>
/// <param name="Description">One readable line: <c>CUDA device 0</c>, or the CPU and why not the other.</param>
internal sealed record DeviceSession(InferenceSession Session, bool OnCuda, string Description)
{
    // ONNX Runtime makes weights unsigned by it, for which it has slower kernels.
    private const string WiderSums = "session.x64quantprecision";

    private static long opened;

    /// <summary>Sessions that this process has opened so far. Opening one is most of the time that a model takes to load.</summary>
    public static long Opened => Interlocked.Read(ref opened);

    /// <summary>Opens a model on the device asked for.</summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="settings">Where it is to run, and how.</param>
    /// <param name="probe">Says whether one can be.</param>
    /// <exception cref="OnnxRuntimeException">The model cannot be opened on any device.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    /// <exception cref="ArgumentException">ONNX Runtime does not know a CUDA option or a session's entry, or not its value.</exception>
    public static DeviceSession Open(byte[] model, FeaturizeImagesOptions settings, CudaProbe probe)
    {
        OnnxRuntimeTelemetry.TurnOff();
        if (settings.Device.CudaIndex is not int index)
        {
            return new DeviceSession(OnCpu(model, settings), OnCuda: false, "CPU");
        }

        string? missing = probe.WhatIsMissing(index);
        if (missing is null)
        {
            try
            {
                return new DeviceSession(OnCudaDevice(model, index, settings), OnCuda: true, $"CUDA device {index}");
            }
            catch (OnnxRuntimeException failure)
            {
                missing = $"ONNX Runtime could not use CUDA device {index}: {failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}";
            }
        }

        InferenceSession onCpu = OnCpu(model, settings); // a model that is broken is said to be broken, whatever the device
        if (settings.Device == ComputeDevice.Auto)
        {
            return new DeviceSession(onCpu, OnCuda: false, $"CPU ({missing})");
        }

        onCpu.Dispose();
        throw new InvalidOperationException($"The device '{settings.Device}' cannot be used: {missing}. Use 'auto' or 'cpu' to run on the CPU.");
    }

    /// <summary>Opens a network of our own making on the CPU.</summary>
    public static InferenceSession OpenOnCpu(byte[] model) =>
        Open(model, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }, CudaProbe.ThisMachine).Session;

    private static InferenceSession OnCpu(byte[] model, FeaturizeImagesOptions settings)
    {
        using SessionOptions options = Quiet(model, settings);
        Interlocked.Increment(ref opened);
        return new InferenceSession(model, options);
    }

    private static InferenceSession OnCudaDevice(byte[] model, int index, FeaturizeImagesOptions settings)
    {
        using SessionOptions options = Quiet(model, settings);
        using OrtCUDAProviderOptions provider = new();
        provider.UpdateOptions(new CudaOptions().ForDevice(index)); // loads the provider: where that fails, the options are not at fault
        Dictionary<string, string> wanted = settings.Cuda.ForDevice(index);
        try
        {
            provider.UpdateOptions(wanted);
        }
        catch (OnnxRuntimeException refusal)
        {
            throw new ArgumentException(
                $"ONNX Runtime refuses the CUDA options {string.Join(", ", wanted.Select(option => $"{option.Key}={option.Value}"))}: "
                + $"{refusal.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}.", refusal);
        }

        options.AppendExecutionProvider_CUDA(provider);
        Interlocked.Increment(ref opened);
        return new InferenceSession(model, options);
    }

    /// <summary>
    /// Whether ONNX Runtime has to be told to take integer kernels whose sums cannot overflow: where a processor without VNNI adds two
    /// products in 16 bits. Elsewhere nothing overflows, and the same entry would cost most of the speed.
    /// </summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="hasIntegerDotProducts">See <see cref="Processor.HasIntegerDotProducts"/>.</param>
    public static bool NeedsWiderSums(byte[] model, bool hasIntegerDotProducts) =>
        !hasIntegerDotProducts && OnnxMetadata.Find(model, OnnxContract.Keys.Precision) == OnnxContract.Int8;

    // What goes wrong arrives as an exception; the log would say it again on standard error.
    private static SessionOptions Quiet(byte[] model, FeaturizeImagesOptions settings)
    {
        SessionOptions options = new()
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = settings.NetworkThreads ?? CpuThreads.ForNetwork,
        };
        if (OnnxRuntimeThreads.AreShared) options.DisablePerSessionThreads();

        if (NeedsWiderSums(model, Processor.HasIntegerDotProducts)) options.AddSessionConfigEntry(WiderSums, "1");
        foreach ((string name, string value) in settings.SessionEntries) options.AddSessionConfigEntry(name, value);
        return options;
    }
}
