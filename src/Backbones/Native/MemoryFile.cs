using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ResNetMLNet.Backbones.Native;

/// <summary>A file of Linux that has no name on any disk, is this process's alone, and is gone with it (memfd_create(2)).</summary>
internal static partial class MemoryFile
{
    // Linux 6.3 wants to be told that it will be executed; earlier ones do not know the flag.
    private const uint CloseOnExec = 1, Executable = 0x10;

    /// <summary>Loads a native library from its bytes.</summary>
    /// <returns>Its handle; 0 where the system does not let it.</returns>
    public static nint LoadLibrary(string name, ReadOnlySpan<byte> library)
    {
        int descriptor = Create(name, CloseOnExec | Executable);
        if (descriptor < 0) descriptor = Create(name, CloseOnExec);
        if (descriptor < 0) return 0;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        for (long written = 0; written < library.Length;)
        {
            ReadOnlySpan<byte> part = library[(int)written..];
            RandomAccess.Write(handle, part, written);
            written += part.Length;
        }
        return NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out nint loaded) ? loaded : 0;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
