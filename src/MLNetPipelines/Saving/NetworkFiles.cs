using System.Text.RegularExpressions;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The temporary files of networks, and their end. ML.NET's ONNX transformer opens files only: saving needs one, which is deleted at once,
/// and <c>mlContext.Model.Load</c> writes one that lives until its transformer is disposed of, which programs rarely do before they end.
/// </summary>
internal static partial class NetworkFiles
{
    private const int TailLength = 4096;

    // ML.NET writes a file some seconds before it locks it by holding it open.
    private static readonly TimeSpan abandoned = TimeSpan.FromMinutes(10);

    private static readonly Lazy<bool> watching = new(Watch);

    /// <summary>
    /// From now on the end of this process deletes the networks that ML.NET has open then. The first call deletes those that dead processes
    /// left.
    /// </summary>
    public static void WatchOver() => _ = watching.Value;

    /// <summary>Writes a network into a new file that only this user may read.</summary>
    /// <returns>The path; <see cref="Delete"/> it.</returns>
    public static string Write(byte[] network)
    {
        string path = Path.Combine(Path.GetTempPath(), $"resnetmlnet-{Path.GetRandomFileName()}");
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using FileStream file = new(path, options);
        try
        {
            file.Write(network);
            return path;
        }
        catch
        {
            file.Dispose();
            Delete(path);
            throw;
        }
    }

    /// <summary>Deletes a file; one that cannot be deleted now is deleted later, as a dead process's.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Deletes the networks of dead processes in a folder.</summary>
    internal static void DeleteAbandoned(string folder)
    {
        try
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (HasOurName(file.Name) && DateTime.UtcNow - file.LastWriteTimeUtc > abandoned && IsUnused(file)) Delete(file.FullName);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The folder is not ours to list.
        }
    }

    private static bool Watch()
    {
        // Windows deletes such files by itself when the process that has them open ends.
        if (!OperatingSystem.IsWindows()) AppDomain.CurrentDomain.ProcessExit += (_, _) => DeleteOpen();
        DeleteAbandoned(Path.GetTempPath());
        return true;
    }

    private static void DeleteOpen()
    {
        if (!OperatingSystem.IsLinux())
        {
            // The finalizer of the file's handle deletes it, where nothing refers to the model any more.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return;
        }

        try
        {
            foreach (FileInfo open in new DirectoryInfo("/proc/self/fd").EnumerateFiles())
            {
                if (open.LinkTarget is string target && HasOurName(Path.GetFileName(target))
                    && HasSignature(new FileInfo(target), FileShare.ReadWrite | FileShare.Delete))
                    Delete(target);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A handle was closed meanwhile.
        }
    }

    // Whoever uses it holds a lock on it: .NET's file streams do, on Unix too.
    private static bool IsUnused(FileInfo file) => HasSignature(file, FileShare.None);

    /// <summary>Whether a file ends as a network of a saved model does: in the metadata of its signature.</summary>
    private static bool HasSignature(FileInfo file, FileShare share)
    {
        try
        {
            // A pipe has no length, and is not opened.
            if (file.LinkTarget is not null || !file.Exists || file.Length == 0) return false;
            using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, share);
            byte[] tail = new byte[Math.Min(TailLength, stream.Length)];
            stream.Seek(-tail.Length, SeekOrigin.End);
            stream.ReadExactly(tail);
            return tail.AsSpan().IndexOf(SavedSignature.Mark) >= 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasOurName(string name) => RandomName().IsMatch(name);

    // Path.GetRandomFileName, which ML.NET uses as it is.
    [GeneratedRegex(@"^(resnetmlnet-)?[a-z0-9]{8}\.[a-z0-9]{3}$")]
    private static partial Regex RandomName();
}
