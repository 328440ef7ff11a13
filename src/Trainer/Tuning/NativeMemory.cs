using System.Runtime.InteropServices;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The memory of libtorch's tensors on the CPU. By default glibc gives large blocks back to the system as they are freed, and each step of a
/// training, which makes the same tensors as the one before, has all their pages made and cleared anew.
/// </summary>
internal static class NativeMemory
{
    // malloc.h; mallopt(3)
    private const int TrimThreshold = -1;
    private const int MaxMmaps = -4;
    private const int Never = -1;

    // glibc's own
    private const int DefaultTrimThreshold = 128 << 10;
    private const int DefaultMaxMmaps = 65536;

    /// <summary>
    /// Has freed memory kept for the next tensors, from now on and in the whole process. Blocks above 64 MB are kept for the process's first thread only,
    /// which is where the command trains. Where the C library is not glibc, nothing changes.
    /// </summary>
    public static void KeepFreed() => Set(maxMmaps: 0, trimThreshold: Never);

    /// <summary>Has large blocks given back to the system as they are freed again, and those that are free now.</summary>
    public static void StopKeepingFreed()
    {
        Set(DefaultMaxMmaps, DefaultTrimThreshold);
        GiveBack();
    }

    /// <summary>Gives what is free now back to the system, on .NET's heap too: an exported network's bytes were there.</summary>
    public static void GiveBack()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        Trim();
    }

    /// <summary>
    /// Gives libtorch's free memory back to the system: where other tensors come than until now, which do not fit into what lies free.
    /// </summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // musl, say
        }
    }

    private static void Set(int maxMmaps, int trimThreshold)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = mallopt(MaxMmaps, maxMmaps);
            _ = mallopt(TrimThreshold, trimThreshold);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // musl, say
        }
    }

    [DllImport("libc.so.6", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int malloc_trim(nuint keep);

    [DllImport("libc.so.6", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int mallopt(int parameter, int value);
}
