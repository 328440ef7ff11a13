using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Finds out whether ONNX Runtime's CUDA provider can work here before it is asked to: where it cannot,
/// merely asking writes the loader's errors to standard error.
/// </summary>
internal sealed record CudaProbe
{
    private const int CudaMajor = 13;

    // What libonnxruntime_providers_cuda.so 1.31 names as NEEDED (readelf -d), and cuDNN, which it opens itself.
    private static readonly (string Linux, string Windows, string Name)[] libraries =
    [
        ("libcudart.so.13", "cudart64_13.dll", "CUDA 13 runtime"),
        ("libcublas.so.13", "cublas64_13.dll", "cuBLAS 13"),
        ("libcublasLt.so.13", "cublasLt64_13.dll", "cuBLAS 13"),
        ("libcurand.so.10", "curand64_10.dll", "cuRAND 10"),
        ("libcudnn.so.9", "cudnn64_9.dll", "cuDNN 9"),
    ];

    /// <summary>The execution providers that this ONNX Runtime was built with.</summary>
    public required Func<IEnumerable<string>> Providers { get; init; }

    /// <summary>Whether the file of that name lies beside ONNX Runtime's library; asked only once that is loaded.</summary>
    public required Func<string, bool> IsDeployed { get; init; }

    /// <summary>Whether the system's loader finds the library of that name, with all that it depends on.</summary>
    public required Func<string, bool> CanLoad { get; init; }

    /// <summary>What the driver says; asked only where its library loads.</summary>
    public required Func<CudaDriver> Driver { get; init; }

    public static CudaProbe ThisMachine { get; } = new()
    {
        Providers = () => OrtEnv.Instance().GetAvailableProviders(),
        IsDeployed = IsBesideOnnxRuntime,
        CanLoad = name => NativeLibrary.TryLoad(name, typeof(CudaProbe).Assembly, searchPath: null, out _),
        Driver = CudaDriver.Query,
    };

    /// <summary>Says what is missing for the CUDA device of that number, or null where nothing is.</summary>
    public string? WhatIsMissing(int device)
    {
        bool windows = OperatingSystem.IsWindows();
        string provider = windows ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
        if (!Providers().Contains("CUDAExecutionProvider"))
        {
            return "this ONNX Runtime was built without CUDA; the package Microsoft.ML.OnnxRuntime.Gpu has it";
        }

        if (!IsDeployed(provider))
        {
            return $"{provider} is not beside ONNX Runtime";
        }

        if (!CanLoad(CudaDriver.LibraryName))
        {
            return $"no NVIDIA driver: {CudaDriver.LibraryName} was not found";
        }

        CudaDriver driver = Driver();
        if (driver.DeviceCount <= device)
        {
            return driver.DeviceCount == 0
                ? "the NVIDIA driver finds no device"
                : $"there is no CUDA device {device}; the driver counts {driver.DeviceCount}, from 0";
        }

        if (driver.CudaVersion < CudaMajor * 1000)
        {
            string version = $"{driver.CudaVersion / 1000}.{driver.CudaVersion % 1000 / 10}";
            return $"the NVIDIA driver serves CUDA {version}, and ONNX Runtime needs {CudaMajor}";
        }

        foreach ((string linuxName, string windowsName, string name) in libraries)
        {
            string file = windows ? windowsName : linuxName;
            if (!CanLoad(file))
            {
                return $"{name} is missing: {file} was not found";
            }
        }

        return null;
    }

    // ONNX Runtime looks for its providers in the folder that it was loaded from itself.
    private static bool IsBesideOnnxRuntime(string file)
    {
        using Process process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .Where(module => module.ModuleName.StartsWith("libonnxruntime.", StringComparison.Ordinal)
                || module.ModuleName.Equals("onnxruntime.dll", StringComparison.OrdinalIgnoreCase))
            .Any(module => File.Exists(Path.Combine(Path.GetDirectoryName(module.FileName)!, file)));
    }
}
