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
    private const int Version = 2;

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
            $"{Version} {(backbone.OnCuda ? "cuda" : "cpu")} {backbone.OutputName} {pixelLimit} {backbone.Preprocessing.ToText()} "
                + $"{scaledDecoding:R} ")));
        hash.AppendData(backbone.Model);
        folder = root.ForBackbone(hash.GetHashAndReset());
    }

    /// <summary>Features that were found so far.</summary>
    public long Hits => Interlocked.Read(ref hits);

    /// <summary>Looks for features.</summary>
    /// <param name="key">The image's hash.</param>
    /// <param name="features">Takes them; what stands there is lost in any case.</param>
    /// <param name="oddities">What is odd about the image.</param>
    /// <returns>Whether they were there, whole.</returns>
    public bool TryRead(byte[] key, Span<float> features, out ImageOddities oddities)
    {
        oddities = ImageOddities.None;
        string path = FeatureCacheFolder.FileOf(folder, key);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = MemoryMarshal.AsBytes(features);
            Span<byte> rest = stackalloc byte[1 + SHA256.HashSizeInBytes]; // the oddities and the checksum
            if (RandomAccess.GetLength(file) != bytes.Length + rest.Length
                || RandomAccess.Read(file, bytes, 0) != bytes.Length
                || RandomAccess.Read(file, rest, bytes.Length) != rest.Length
                || !rest[1..].SequenceEqual(Checksum(key, bytes, rest[0])))
            {
                return false;
            }

            oddities = (ImageOddities)rest[0];
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        Interlocked.Increment(ref hits);
        FeatureCacheFolder.NoteUse(path);
        return true;
    }

    /// <summary>Keeps features, if that is possible.</summary>
    /// <param name="key">The image's hash.</param>
    /// <param name="features">The features, as the network gave them; not kept where one is not finite.</param>
    /// <param name="oddities">What is odd about the image.</param>
    public void Write(byte[] key, ReadOnlySpan<float> features, ImageOddities oddities)
    {
        foreach (float feature in features)
        {
            if (!float.IsFinite(feature)) return;
        }

        string path = FeatureCacheFolder.FileOf(folder, key);
        string temporary = FeatureCacheFolder.TemporaryFor(path);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(features);
        try
        {
            FeatureCacheFolder.CreatePrivate(Path.GetDirectoryName(path)!);
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write([.. bytes, (byte)oddities, .. Checksum(key, bytes, (byte)oddities)]);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk or a folder that may not be written costs the time to compute the features again, nothing else.
            FeatureCacheFolder.TryDelete(temporary);
            return;
        }

        if (Interlocked.Add(ref written, FeatureCacheFolder.SizeOnDisk(bytes.Length + 1 + SHA256.HashSizeInBytes)) > trimAfter)
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

    private static byte[] Checksum(byte[] key, ReadOnlySpan<byte> features, byte oddities)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key);
        hash.AppendData(features);
        hash.AppendData([oddities]);
        return hash.GetHashAndReset();
    }
}
