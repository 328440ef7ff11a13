using System.Text.Json;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Where the cache keeps a file, and what lies beside it: how much of it has come, what it must be, who is fetching it.</summary>
internal sealed record CachedWeights(string Path)
{
    private const string FileName = "model.safetensors";

    public CachedWeights(WeightsHubOptions options, PretrainedWeights weights)
        : this(System.IO.Path.Combine(
            Folder(options), weights.Repository.Replace("/", "--", StringComparison.Ordinal), FolderName(options.Revision), FileName))
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

    // Another for each revision, and inside the cache whatever it is called: refs/pr/1 is refs%2Fpr%2F1, and .. is %2E%2E.
    private static string FolderName(string revision)
    {
        string escaped = Uri.EscapeDataString(revision);
        return escaped.StartsWith('.') ? escaped.Replace(".", "%2E", StringComparison.Ordinal) : escaped;
    }

    // EAGAIN on Linux, EAGAIN on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Keeps other processes and threads from this file until it is disposed of.</summary>
    /// <param name="wait">Called once, where another has it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IDisposable> LockAsync(Action wait, CancellationToken cancellationToken)
    {
        bool waits = false;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        while (true)
        {
            try
            {
                return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e))
            {
                if (!waits) wait();
                waits = true;
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
