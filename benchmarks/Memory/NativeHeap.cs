using System.Runtime.InteropServices;

/// <summary>What glibc's malloc has, in bytes.</summary>
/// <param name="InUse">Given out.</param>
/// <param name="Kept">Freed, and not given back to the system.</param>
internal readonly record struct NativeHeap(long InUse, long Kept)
{
    public static NativeHeap Now
    {
        get
        {
            MallInfo info = mallinfo2();
            return new NativeHeap(info.Used + info.Mapped, info.Free);
        }
    }

    [DllImport("libc.so.6")]
    private static extern MallInfo mallinfo2();

    // malloc.h, struct mallinfo2
    [StructLayout(LayoutKind.Sequential)]
    private struct MallInfo
    {
        public nint Arena, Ordblks, Smblks, Hblks, Mapped, Usmblks, Fsmblks, Used, Free, Keepcost;
    }
}
