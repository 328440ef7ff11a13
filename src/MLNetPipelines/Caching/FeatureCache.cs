using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Features of one backbone on disk. Safe to use from many threads and processes at once: a file for each image, written whole under
/// another name and renamed, so a reader finds all of it or nothing, without a lock.
/// (An embedded database would need a native library and locks between processes, and one damaged page could cost all of it;
/// one file that everyone appends to could not forget what was not used for long.)
/// </summary>
internal sealed class FeatureCache : IDisposable
{
    // Part of every key: raise it where preprocessing gives other pixels for the same image.
    private const int Version = 1;

    // Uses are noted this coarsely, so that reading the same photos again and again writes nothing.
    private static readonly TimeSpan usePrecision = TimeSpan.FromHours(1);

    private readonly FeatureCacheFolder root;
    private readonly string folder;
    private readonly long trimAfter;
    private long hits;
    private long written;

    /// <param name="options">Where, and how much.</param>
    /// <param name="backbone">Whose features.</param>
    /// <param name="pixelLimit">Most pixels of a picture.</param>
    /// <param name="scaledDecoding">How photos are decoded.</param>
    public FeatureCache(FeatureCacheOptions options, BackboneFile backbone, long pixelLimit, double? scaledDecoding)
    {
        root = new FeatureCacheFolder(options.Folder, options.SizeLimit);
        trimAfter = options.SizeLimit / 16;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{Version} {backbone.OutputName} {pixelLimit} {backbone.Preprocessing.ToText()} {scaledDecoding:R} ")));
        hash.AppendData(backbone.Model);
        folder = root.ForBackbone(hash.GetHashAndReset());
    }

    /// <summary>Features that were found so far.</summary>
    public long Hits => Interlocked.Read(ref hits);

    /// <summary>Looks for features.</summary>
    /// <param name="key">The image's hash.</param>
    /// <param name="features">Takes them; what stands there is lost in any case.</param>
    /// <returns>Whether they were there, whole.</returns>
    public bool TryRead(byte[] key, Span<float> features)
    {
        string path = FeatureCacheFolder.FileOf(folder, key);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = MemoryMarshal.AsBytes(features);
            Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
            if (RandomAccess.GetLength(file) != bytes.Length + checksum.Length
                || RandomAccess.Read(file, bytes, 0) != bytes.Length
                || RandomAccess.Read(file, checksum, bytes.Length) != checksum.Length
                || !checksum.SequenceEqual(Checksum(key, bytes)))
            {
                return false;
            }

            Interlocked.Increment(ref hits);
            NoteUse(path);
            return true;
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Keeps features, if that is possible.</summary>
    /// <param name="key">The image's hash.</param>
    /// <param name="features">The features, as the network gave them.</param>
    public void Write(byte[] key, ReadOnlySpan<float> features)
    {
        string path = FeatureCacheFolder.FileOf(folder, key);
        string temporary = FeatureCacheFolder.TemporaryFor(path);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(features);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write([.. bytes, .. Checksum(key, bytes)]);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk or a folder that may not be written costs the time to compute the features again, nothing else.
            FeatureCacheFolder.TryDelete(temporary);
            return;
        }

        if (Interlocked.Add(ref written, FeatureCacheFolder.SizeOnDisk(bytes.Length + SHA256.HashSizeInBytes)) > trimAfter)
        {
            Trim();
        }
    }

    /// <summary>Keeps the folder within its limit.</summary>
    public void Dispose() => Trim();

    private void Trim()
    {
        if (Interlocked.Exchange(ref written, 0) > 0)
        {
            root.Trim();
        }
    }

    private static void NoteUse(string path)
    {
        DateTime now = DateTime.UtcNow;
        if (now - File.GetLastWriteTimeUtc(path) > usePrecision)
        {
            File.SetLastWriteTimeUtc(path, now);
        }
    }

    private static byte[] Checksum(byte[] key, ReadOnlySpan<byte> features)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key);
        hash.AppendData(features);
        return hash.GetHashAndReset();
    }
}
