using System.Diagnostics;
using System.Globalization;

namespace Backbones.Tests.Weights;

/// <summary>What the whole process takes, torch's memory included, which the garbage collector does not see.</summary>
internal static class NativeMemory
{
    private const string Status = "/proc/self/status", Reset = "/proc/self/clear_refs";

    /// <summary>How many bytes more than before an action the process had at its peak; where the system does not say, after it.</summary>
    public static long PeakGrowth(Action action)
    {
        GC.Collect();
        // "5" sets the peak back to what there is (proc(5)).
        if (OperatingSystem.IsLinux()) File.WriteAllText(Reset, "5");
        long before = Peak();
        action();
        return Peak() - before;
    }

    private static long Peak()
    {
        if (!OperatingSystem.IsLinux()) return Process.GetCurrentProcess().WorkingSet64;
        string line = File.ReadLines(Status).First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(':', 'k')[1], CultureInfo.InvariantCulture) * 1024;
    }
}
