namespace ResNetMLNet.MLNetPipelines;

/// <summary>Tells the image files that can be decoded from others, without decoding them.</summary>
internal static class DecodableImage
{
    private const int Length = 12;

    private static readonly HashSet<string> extensions =
        new([".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file is an image that can be decoded, by its name, and where that says nothing by its first bytes.</summary>
    /// <returns>True also where the file cannot be opened: whoever reads it says why.</returns>
    public static bool Is(string path)
    {
        if (extensions.Contains(Path.GetExtension(path))) return true;
        Span<byte> start = stackalloc byte[Length];
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Is(start[..file.ReadAtLeast(start, Length, throwOnEndOfStream: false)]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Whether bytes are the start of a JPEG, PNG, GIF, BMP or WebP file.</summary>
    public static bool Is(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || (start is [0x89, ..] && start[1..].StartsWith("PNG"u8))
            || start.StartsWith("GIF8"u8)
        || start.StartsWith("BM"u8) || (start.Length == Length && start.StartsWith("RIFF"u8) && start[8..].SequenceEqual("WEBP"u8));
}
