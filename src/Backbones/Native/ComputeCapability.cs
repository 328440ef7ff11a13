using System.Runtime.InteropServices;

namespace ResNetMLNet.Backbones.Native;

/// <summary>The generation of an NVIDIA GPU, which TorchSharp does not tell: asked of the CUDA driver.</summary>
internal static class ComputeCapability
{
    /// <summary>Ampere, 8.0: the first whose tensor cores multiply bfloat16 numbers (CUDA C++ Programming Guide, Compute Capabilities).</summary>
    public const int FirstWithBFloat16 = 8;

    // cuda.h: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int Major = 75;

    private static readonly string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>The number before the point; null where the driver cannot be asked.</summary>
    /// <param name="device">Its index, as torch counts; below 0 for the first.</param>
    public static unsafe int? Of(int device)
    {
        if (!NativeLibrary.TryLoad(library, out nint driver)) return null;
        var initialize = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var attribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetAttribute");
        int major = 0;
        return initialize(0) == 0 && attribute(&major, Major, Math.Max(0, device)) == 0 ? major : null;
    }
}
