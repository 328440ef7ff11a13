using System.Text.Json;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Where the cache keeps a file, and what lies beside it: how much of it has come, what it must be, who is fetching it.</summary>
internal sealed record CachedWeights(string Path)
{
    private const string FileName = "model.safetensors";

    public CachedWeights(WeightsHubOptions options, PretrainedWeights weights)
        : this(System.IO.Path.Combine(
            Folder(options), weights.Repository.Replace("/", "--", StringComparison.Ordinal), options.Revision.Replace('/', '-'), FileName))
    {
    }

    /// <summary>What has come of a download that is not finished.</summary>
    public string PartialPath => $"{Path}.partial";

    /// <summary>What the partial file, and later the whole one, must be.</summary>
    public string IdentityPath => $"{Path}.json";

    /// <summary>It stays when a download is done: to remove a lock is to let two in.</summary>
    public string LockPath => $"{Path}.lock";

    /// <summary>The file, since it appears under its name only when it is whole.</summary>
    public bool IsComplete => File.Exists(Path);

    /// <summary>The folder of everything that was downloaded.</summary>
    public static string Folder(WeightsHubOptions options) => System.IO.Path.Combine(options.CacheFolder, "hub");

    /// <summary>What was announced about the file; null where nothing is known, or the note is damaged.</summary>
    public FileIdentity? ReadIdentity()
    {
        try
        {
            return JsonSerializer.Deserialize<FileIdentity>(File.ReadAllText(IdentityPath));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void WriteIdentity(FileIdentity identity) => WholeFile.Write(IdentityPath, file => JsonSerializer.Serialize(file, identity));

    public void DropPartial() => File.Delete(PartialPath);

    // EAGAIN on Linux, EAGAIN on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Keeps other processes and threads from this file until it is disposed of.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        while (true)
        {
            try
            {
                return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }
}

/// <summary>What a server says a file is.</summary>
/// <param name="Size">Its bytes; null where the server does not say.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal; null where the server does not say.</param>
/// <param name="ETag">What the server that sends it calls this version, quoted; null where it does not say.</param>
internal sealed record FileIdentity(long? Size = null, string? Sha256 = null, string? ETag = null);
