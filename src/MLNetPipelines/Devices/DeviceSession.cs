using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An ONNX Runtime session and the device that it runs on.</summary>
/// <param name="Session">The session; the holder disposes of it.</param>
/// <param name="OnCuda">Whether it runs on a CUDA device.</param>
/// <param name="Description">One readable line: <c>CUDA device 0</c>, or the CPU and why not the other.</param>
internal sealed record DeviceSession(InferenceSession Session, bool OnCuda, string Description)
{
    /// <summary>Opens a model on the device asked for.</summary>
    /// <exception cref="OnnxRuntimeException">The model cannot be opened on any device.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static DeviceSession Open(byte[] model, ComputeDevice device, CudaProbe probe)
    {
        if (device.CudaIndex is not int index)
        {
            return new DeviceSession(OpenOnCpu(model), OnCuda: false, "CPU");
        }

        string? missing = probe.WhatIsMissing(index);
        if (missing is null)
        {
            try
            {
                return new DeviceSession(OpenOnCuda(model, index), OnCuda: true, $"CUDA device {index}");
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
        using SessionOptions options = Quiet();
        return new InferenceSession(model, options);
    }

    private static InferenceSession OpenOnCuda(byte[] model, int index)
    {
        using SessionOptions options = Quiet();
        options.AppendExecutionProvider_CUDA(index);
        return new InferenceSession(model, options);
    }

    // What goes wrong arrives as an exception; the log would say it again on standard error.
    private static SessionOptions Quiet() => new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
}
