namespace ResNetMLNet.MLNetPipelines;

/// <summary>Whether ONNX Runtime can run networks on a CUDA device here.</summary>
public static class CudaSupport
{
    /// <summary>Looks for the device, NVIDIA's driver and CUDA's libraries; opens no network.</summary>
    /// <param name="device">The device's number, from 0, as <c>nvidia-smi</c> counts.</param>
    /// <returns>What is missing, in words; null where nothing is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static string? WhatIsMissing(int device = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        return CudaProbe.ThisMachine.WhatIsMissing(device);
    }
}
