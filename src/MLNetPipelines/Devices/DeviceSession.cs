using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An ONNX Runtime session and the device that it runs on.</summary>
/// <param name="Session">The session; the holder disposes of it.</param>
/// <param name="OnCuda">Whether it runs on a CUDA device.</param>
/// <param name="Description">One readable line: <c>CUDA device 0</c>, or the CPU and why not the other.</param>
internal sealed record DeviceSession(InferenceSession Session, bool OnCuda, string Description)
{
    private static long opened;

    /// <summary>Sessions that this process has opened so far. Opening one is most of the time that a model takes to load.</summary>
    public static long Opened => Interlocked.Read(ref opened);

    /// <summary>Opens a model on the device asked for.</summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="device">Where it is to run.</param>
    /// <param name="cuda">How a CUDA device is used.</param>
    /// <param name="probe">Says whether one can be.</param>
    /// <exception cref="OnnxRuntimeException">The model cannot be opened on any device.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    /// <exception cref="ArgumentException">ONNX Runtime does not know a CUDA option, or not its value.</exception>
    public static DeviceSession Open(byte[] model, ComputeDevice device, CudaOptions cuda, CudaProbe probe)
    {
        OnnxRuntimeTelemetry.TurnOff();
        if (device.CudaIndex is not int index)
        {
            return new DeviceSession(OpenOnCpu(model), OnCuda: false, "CPU");
        }

        string? missing = probe.WhatIsMissing(index);
        if (missing is null)
        {
            try
            {
                return new DeviceSession(OpenOnCuda(model, index, cuda), OnCuda: true, $"CUDA device {index}");
            }
            catch (OnnxRuntimeException failure)
            {
                missing = $"ONNX Runtime could not use CUDA device {index}: {failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}";
            }
        }

        InferenceSession onCpu = OpenOnCpu(model); // a model that is broken is said to be broken, whatever the device
        if (device == ComputeDevice.Auto)
        {
            return new DeviceSession(onCpu, OnCuda: false, $"CPU ({missing})");
        }

        onCpu.Dispose();
        throw new InvalidOperationException($"The device '{device}' cannot be used: {missing}. Use 'auto' or 'cpu' to run on the CPU.");
    }

    private static InferenceSession OpenOnCpu(byte[] model)
    {
        using SessionOptions options = Quiet(model);
        Interlocked.Increment(ref opened);
        return new InferenceSession(model, options);
    }

    private static InferenceSession OpenOnCuda(byte[] model, int index, CudaOptions cuda)
    {
        using SessionOptions options = Quiet(model);
        using OrtCUDAProviderOptions provider = new();
        provider.UpdateOptions(new CudaOptions().ForDevice(index)); // loads the provider: where that fails, the options are not at fault
        Dictionary<string, string> wanted = cuda.ForDevice(index);
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

    // What goes wrong arrives as an exception; the log would say it again on standard error.
    private static SessionOptions Quiet(byte[] model)
    {
        SessionOptions options = new()
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = CpuThreads.ForNetwork,
        };

        // Where a processor without VNNI adds two products in 16 bits, they overflow: ONNX Runtime then takes kernels that do not.
        if (OnnxMetadata.Find(model, OnnxContract.Keys.Precision) == OnnxContract.Int8)
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
        return options;
    }
}
