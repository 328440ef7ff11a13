using System.Security.Cryptography;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Files with the same bytes, whatever their names.</summary>
internal static class FileCopies
{
    /// <summary>Groups of two images or more, in the order of their first ones. Only files of equal lengths are read.</summary>
    public static IReadOnlyList<IReadOnlyList<LabeledFeatures>> Among(
        IReadOnlyList<LabeledFeatures> images, CancellationToken cancellationToken) =>
    [
        .. images.Where(image => File.Exists(image.ImagePath)).Select(
            (image, position) => (Image: image, Position: position, new FileInfo(image.ImagePath).Length))
            .GroupBy(entry => entry.Length)
            .Where(group => group.Count() > 1)
            .SelectMany(group => group.GroupBy(entry => TryHash(entry.Image.ImagePath, cancellationToken)))
            .Where(group => group.Key is not null && group.Count() > 1)
            .OrderBy(group => group.First().Position)
            .Select(group => group.Select(entry => entry.Image).ToArray()),
    ];

    /// <summary>SHA-256 of a file's bytes; null where it cannot be read.</summary>
    public static string? TryHash(string path)
    {
        try
        {
            return Hash(path).Sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A file's length, and the SHA-256 of its bytes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public static (long Length, string Sha256) Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return (file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private static string? TryHash(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryHash(path);
    }
}
