using System.Diagnostics;
using System.Globalization;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Physical memory of this process, native memory included.</summary>
internal static class ProcessMemory
{
    public static long Resident
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    /// <summary>The most since <see cref="Reset"/>; on Linux only.</summary>
    public static long Peak => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    public static void Reset()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets the peak
    }
}
