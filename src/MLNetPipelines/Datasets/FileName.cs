using System.Runtime.InteropServices;
using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>File names that are not text: Unix allows any bytes, and .NET can neither show nor open what is not UTF-8.</summary>
internal static class FileName
{
    // Place of d_name in struct dirent of 64-bit Linux, both of glibc and of musl: after d_ino, d_off, d_reclen and d_type.
    private const int NameOffset = 19;

    /// <exception cref="InvalidDataException">.NET cannot open what has this name.</exception>
    public static void RequireReadable(string folder, FileSystemInfo entry)
    {
        // A name may hold U+FFFD itself; such a file is found under it.
        if (!entry.Name.Contains('\uFFFD') || entry.Exists) return;
        string[] names = [.. RawNames(folder).Where(name => !IsUtf8(name)).Select(Escape)];
        string name = Path.Combine(folder, names.Length > 0 ? names.Order(StringComparer.Ordinal).First()
            : entry.Name.Replace('\uFFFD', '?'));
        string others = names.Length > 1 ? $" ({names.Length} such names are in the folder)" : "";
        throw new InvalidDataException(
            $"The name of '{name}' is not UTF-8{others}, and .NET cannot open it. Rename it; where names came from an older system, "
            + $"`convmv -f latin1 -t utf8 -r --notest FOLDER` renames all.");
    }

    /// <summary>The bytes that are not UTF-8 as \xE9.</summary>
    internal static string Escape(byte[] name)
    {
        var text = new StringBuilder();
        for (ReadOnlySpan<byte> rest = name; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
                text.Append(rune.ToString());
            else foreach (byte bad in rest[..length]) text.Append($"\\x{bad:X2}");
            rest = rest[length..];
        }

        return text.ToString();
    }

    private static bool IsUtf8(byte[] name) => System.Text.Unicode.Utf8.IsValid(name);

    private static List<byte[]> RawNames(string folder)
    {
        var names = new List<byte[]>();
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return names;
        nint stream = opendir(folder);
        if (stream == 0) return names;
        for (nint entry = readdir(stream); entry != 0; entry = readdir(stream))
        {
            int length = 0;
            while (Marshal.ReadByte(entry, NameOffset + length) != 0) length++;
            byte[] name = new byte[length];
            Marshal.Copy(entry + NameOffset, name, 0, length);
            names.Add(name);
        }

        _ = closedir(stream);
        return names;
    }

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint opendir([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint readdir(nint stream);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int closedir(nint stream);
}
