using System.Diagnostics;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The most physical memory that this process took.</summary>
internal static class PeakMemory
{
    // proc(5), /proc/pid/clear_refs: 5 resets the peak ("VmHWM") to what is resident now.
    private const string ClearFile = "/proc/self/clear_refs", ResetPeak = "5";

    /// <summary>Starts to count anew, where the system lets it; elsewhere the peak stays that since the process started.</summary>
    public static void Reset()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText(ClearFile, ResetPeak);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A sandbox without it.
        }
    }

    /// <summary>In megabytes, 10^6 bytes.</summary>
    public static double Megabytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
