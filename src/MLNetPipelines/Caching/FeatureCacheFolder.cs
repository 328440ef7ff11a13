namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The files of a feature cache: <c>BACKBONE/ab/cdef….features</c>, hashes in hexadecimal digits. Nothing else in the folder is ever
/// touched.
/// </summary>
internal sealed class FeatureCacheFolder(string path, long sizeLimit)
{
    private const string Extension = ".features";
    private const string TemporaryExtension = ".tmp";
    private const int BackboneDigits = 32;
    private const int ShardDigits = 2;

    // What trimming leaves, so that it is not due again at once.
    private const double Filled = 0.9;

    // Disks give out blocks of this size.
    private const long Block = 4096;

    // Uses are noted this coarsely, so that reading the same photos again and again writes nothing.
    private static readonly TimeSpan usePrecision = TimeSpan.FromHours(1);

    // Whoever writes a file takes milliseconds; a temporary one this old was left by a process that died.
    private static readonly TimeSpan abandoned = TimeSpan.FromHours(1);

    /// <summary>The folder for a backbone.</summary>
    public string ForBackbone(byte[] hash) => Path.Combine(path, Convert.ToHexStringLower(hash)[..BackboneDigits]);

    /// <summary>The file for an image.</summary>
    public static string FileOf(string folder, byte[] hash)
    {
        string digits = Convert.ToHexStringLower(hash);
        return Path.Combine(folder, digits[..ShardDigits], digits[ShardDigits..] + Extension);
    }

    /// <summary>A file in the same folder that nobody else has.</summary>
    public static string TemporaryFor(string file) => $"{file}.{Guid.NewGuid():N}{TemporaryExtension}";

    /// <summary>
    /// Makes a folder, and those above it that are missing, for this user alone: whose photos are known, and what they show, is nobody
    /// else's business.
    /// </summary>
    public static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
        {
            if (Path.GetDirectoryName(folder) is { Length: > 0 } parent) CreatePrivate(parent);
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public static long SizeOnDisk(long length) => (length + Block - 1) / Block * Block;

    /// <summary>Deletes the files that were not used for longest, until the rest is within the limit.</summary>
    public void Trim()
    {
        List<(FileInfo File, DateTime Used)> files = [];
        long size = 0;
        DateTime now = DateTime.UtcNow;
        try
        {
            foreach (FileInfo file in Files())
            {
                if (file.Extension == TemporaryExtension)
                {
                    if (now - file.LastWriteTimeUtc > abandoned) TryDelete(file.FullName);
                    continue;
                }

                size += SizeOnDisk(file.Length);
                files.Add((file, file.LastWriteTimeUtc));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another process trims as well, or the folder may not be listed: what was seen is trimmed.
        }

        if (size <= sizeLimit) return;
        foreach ((FileInfo file, _) in files.OrderBy(entry => entry.Used))
        {
            if (size <= Filled * sizeLimit) break;
            TryDelete(file.FullName);
            size -= SizeOnDisk(file.Length);
        }
    }

    /// <summary>
    /// Notes that a file was used, where that is possible: whoever may read a cache and not write it has the features all the same.
    /// </summary>
    public static void NoteUse(string file)
    {
        try
        {
            DateTime now = DateTime.UtcNow;
            if (now - File.GetLastWriteTimeUtc(file) > usePrecision) File.SetLastWriteTimeUtc(file, now);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It counts as not used.
        }
    }

    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is in use, or another process was faster.
        }
    }

    private IEnumerable<FileInfo> Files()
    {
        DirectoryInfo root = new(path);
        return !root.Exists
            ? []
            : from backbone in root.EnumerateDirectories()
              where IsHash(backbone.Name, BackboneDigits)
              from shard in backbone.EnumerateDirectories()
              where IsHash(shard.Name, ShardDigits)
              from file in shard.EnumerateFiles()
              where file.Name.Contains(Extension, StringComparison.Ordinal) && file.Extension is (Extension or TemporaryExtension)
              select file;
    }

    private static bool IsHash(string name, int digits) => name.Length == digits && name.All(char.IsAsciiHexDigitLower);
}
