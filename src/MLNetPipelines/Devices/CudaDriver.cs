using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What NVIDIA's driver says of itself.</summary>
/// <param name="DeviceCount">CUDA devices that this process may use.</param>
/// <param name="CudaVersion">The newest CUDA version that the driver serves, 1000 * major + 10 * minor.</param>
internal readonly record struct CudaDriver(int DeviceCount, int CudaVersion)
{
    public static string LibraryName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate int Initialize(uint flags);

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate int ReadNumber(out int value);

    /// <summary>Asks the driver's library. A driver that does not answer counts as one without devices.</summary>
    public static CudaDriver Query()
    {
        if (!NativeLibrary.TryLoad(LibraryName, out IntPtr library)
            || !NativeLibrary.TryGetExport(library, "cuInit", out IntPtr initialize)
            || Marshal.GetDelegateForFunctionPointer<Initialize>(initialize)(0) != 0)
        {
            return default;
        }

        return new CudaDriver(Read("cuDeviceGetCount"), Read("cuDriverGetVersion"));

        int Read(string function) => NativeLibrary.TryGetExport(library, function, out IntPtr address)
            && Marshal.GetDelegateForFunctionPointer<ReadNumber>(address)(out int value) == 0 ? value : 0;
    }
}
