namespace ResNetMLNet.Trainer;

/// <summary>
/// Keeps other processes from a folder until it is disposed of, or the process ends in whatever way: a file in it that is held open. What
/// lies in a folder that can be locked is nobody's who still runs.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string FileName = ".resnet-mlnet.lock";

    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <returns>Null where another process, or another part of this one, has it.</returns>
    /// <exception cref="IOException">The folder cannot be written into.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public static FolderLock? TryTake(string folder)
    {
        string path = Path.Combine(folder, FileName);
        while (true)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
                if (IsAt(path, file)) return new FolderLock(file);
                file.Dispose(); // whoever had it before has removed it meanwhile
            }
            catch (IOException e) when (IsHeld(e))
            {
                return null;
            }
        }
    }

    public void Dispose()
    {
        // Windows does not remove what is open, and Unix must not leave a moment in which another process holds what is then removed.
        if (!OperatingSystem.IsWindows()) File.Delete(file.Name);
        file.Dispose();
        if (!OperatingSystem.IsWindows()) return;
        try
        {
            File.Delete(file.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is the next one's by now.
        }
    }

    /// <summary>Whether the path leads to the open file: both then have a time that no other file has.</summary>
    private static bool IsAt(string path, FileStream file)
    {
        if (OperatingSystem.IsWindows()) return true;
        File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UnixEpoch.AddSeconds(Random.Shared.Next()));
        return File.GetLastWriteTimeUtc(path) == File.GetLastWriteTimeUtc(file.SafeFileHandle);
    }

    // EAGAIN on Linux, EAGAIN on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
