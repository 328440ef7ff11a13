using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Files that are none: opening a FIFO waits for somebody to write into it, for ever.</summary>
internal static class SpecialFile
{
    // linux/stat.h: struct statx, the same on every processor.
    private const int CurrentFolder = -100, FollowLinks = 0, TypeWanted = 1, StructLength = 256, ModePlace = 28, TypeMask = 0xF000;

    /// <summary>What a path leads to that must not be opened, such as "a FIFO"; null for a file, and where there is none.</summary>
    public static string? KindOf(string path)
    {
        // Files that are none have no length; asking costs less than the call below.
        if (!OperatingSystem.IsLinux() || LengthOf(path) > 0) return null;
        byte[] status = new byte[StructLength];
        try
        {
            if (statx(CurrentFolder, path, FollowLinks, TypeWanted, status) != 0) return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }

        return (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModePlace)) & TypeMask) switch
        {
            0x1000 => "a FIFO",
            0xC000 => "a socket",
            0x2000 or 0x6000 => "a device",
            _ => null,
        };
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        // A link's length is that of its text.
        return file is { Exists: true, LinkTarget: null } ? file.Length : 0;
    }

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);
}
