namespace ResNetMLNet.Trainer;

/// <summary>
/// A folder for what is needed for a while only; gone when it is disposed of, when a signal ends the process, and after a kill when the
/// next one is made.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "resnet-mlnet-scratch-";

    // A folder has its lock a moment after it is made.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly FolderLock? held;
    private readonly IDisposable cleanup;

    public ScratchFolder()
    {
        RemoveStale(Path.GetTempPath());
        Location = Directory.CreateTempSubdirectory(Prefix).FullName;
        held = FolderLock.TryTake(Location);
        cleanup = ExitCleanup.Add(Remove);
    }

    public string Location { get; }

    /// <summary>Where a file of that name is.</summary>
    public string this[string file] => Path.Combine(Location, file);

    public void Dispose()
    {
        cleanup.Dispose();
        Remove();
    }

    /// <summary>Removes what killed processes left.</summary>
    public static void RemoveStale(string temp)
    {
        foreach (string folder in Directory.EnumerateDirectories(temp, $"{Prefix}*"))
        {
            try
            {
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < Settled
                    || !File.Exists(Path.Combine(folder, FolderLock.FileName))) continue;
                using FolderLock? held = FolderLock.TryTake(folder);
                if (held is not null) Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's, or removed by somebody else just now.
            }
        }
    }

    private void Remove()
    {
        held?.Dispose();
        if (Directory.Exists(Location)) Directory.Delete(Location, recursive: true);
    }
}
