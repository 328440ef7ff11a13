using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace ResNetMLNet.Backbones.Native;

/// <summary>
/// Finds TorchSharp's native libraries for Linux where the runtime's own search does not. That is so on Debian 12, Ubuntu 22.04 and RHEL 9:
/// <c>libLibTorchSharp.so</c> names the symbol version GLIBCXX_3.4.32 (GCC 13), which they lack, and the loader refuses it, although no
/// relocation uses that version. Here it is loaded with the version marked as optional. And it is so where no build has put the libraries
/// beside each other: in a notebook or a process that takes TorchSharp from the package folder.
/// </summary>
internal static class TorchSharpLibrary
{
    private const string LibTorchSharp = "LibTorchSharp", Libtorch = "torch_cpu", Platform = "linux-x64", NewerSymbols = "GLIBCXX_3.4.32";
    private static readonly string[] Dependencies = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    [ModuleInitializer]
    [SuppressMessage(
        "Usage", "CA2255", Justification = "It has to come before TorchSharp's first native call, which any class here may make.")]
    internal static void Register()
    {
        if (OperatingSystem.IsLinux()) AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += Resolve;
    }

    /// <summary>Asked by the runtime when its own search has failed; 0 lets that be.</summary>
    private static nint Resolve(Assembly assembly, string name)
    {
        if (assembly != typeof(torch).Assembly || name is not (LibTorchSharp or Libtorch)) return 0;
        try
        {
            string[] folders = [.. Folders().Where(Directory.Exists)];
            if (name == Libtorch) return LoadFrom(folders, "libtorch_cpu.so");
            // They are known by their names from then on, wherever the library that needs them lies.
            foreach (string dependency in Dependencies) LoadFrom(folders, dependency);
            return Find(folders, "libLibTorchSharp.so") is string path ? Load(path) : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return 0; // TorchSharp's own message says what it looked for.
        }
    }

    private static nint Load(string path)
    {
        byte[] library = File.ReadAllBytes(path);
        return ElfSymbolVersions.MarkWeak(library, NewerSymbols) ? MemoryFile.LoadLibrary("libLibTorchSharp.so", library)
            : NativeLibrary.TryLoad(path, out nint loaded) ? loaded : 0;
    }

    private static nint LoadFrom(string[] folders, string file) =>
        Find(folders, file) is string path && NativeLibrary.TryLoad(path, out nint loaded) ? loaded : 0;

    private static string? Find(string[] folders, string file) =>
        folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>
    /// Where the libraries can be: where the host looks, beside the program or TorchSharp, and in the package folder that TorchSharp was
    /// loaded from.
    /// </summary>
    private static IEnumerable<string> Folders()
    {
        string host = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string folder in host.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)) yield return folder;
        string torchSharp = Path.GetDirectoryName(typeof(torch).Assembly.Location) is { Length: > 0 } location
            ? location
            : AppContext.BaseDirectory;
        foreach (string folder in new[] { AppContext.BaseDirectory, torchSharp })
        {
            yield return folder;
            yield return Natives(folder);
        }

        // PACKAGES/torchsharp/VERSION/lib/net8.0/TorchSharp.dll
        string package = Path.GetFullPath(Path.Combine(torchSharp, "..", ".."));
        yield return Natives(package);
        if (typeof(torch).GetField("libtorchPackageVersion",
            BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() is string text
            && Version.TryParse(text, out Version? version))
        {
            // A fourth number of 0 is not in the folder's name.
            yield return Natives(
                Path.Combine(package, "..", "..", $"libtorch-cpu-{Platform}", version.Revision > 0 ? text : version.ToString(3)));
        }
    }

    private static string Natives(string folder) => Path.Combine(folder, "runtimes", Platform, "native");
}
