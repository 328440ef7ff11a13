namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Tells images from other files without decoding them: by the extension, and where that says nothing, by how the file starts.
/// </summary>
internal static class ImageSignature
{
    private const int Length = 16;

    private static readonly HashSet<string> decodable =
        new([".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp"], StringComparer.OrdinalIgnoreCase);

    // Those that are not decoded too, so that they are named as unreadable, not passed over.
    private static readonly HashSet<string> likely = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".png", ".apng", ".gif", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".heic",
            ".heif", ".hif",
        ".avif", ".jp2", ".j2k", ".jpf", ".jpx", ".jxl", ".ico", ".tga", ".psd", ".svg", ".pbm", ".pgm", ".ppm", ".pnm", ".exr", ".hdr",
            ".mpo",
        ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".dcm",
    };

    private delegate bool Test(ReadOnlySpan<byte> start);

    /// <summary>Whether a file is an image of a format that is read.</summary>
    /// <returns>True also where the file cannot be opened: whoever reads it says why.</returns>
    public static bool IsDecodable(string path) => decodable.Contains(Path.GetExtension(path))
        || ImageDecoder.OtherFormats?.Extensions.Contains(Path.GetExtension(path).ToLowerInvariant()) == true || Starts(path, StartsDecodable);

    /// <summary>Whether a file is meant to be an image, of whatever format.</summary>
    /// <returns>True also where the file cannot be opened: whoever reads it says why.</returns>
    public static bool IsLikelyImage(string path) => likely.Contains(Path.GetExtension(path)) || Starts(path, StartsLikely);

    /// <summary>Whether the end of a name, without its dot, is that of an image format.</summary>
    public static bool IsImageEnding(string ending) => likely.Contains($".{ending}");

    private static bool Starts(string path, Test test)
    {
        try
        {
            Span<byte> start = stackalloc byte[Length];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return test(start[..file.ReadAtLeast(start, Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static bool StartsDecodable(ReadOnlySpan<byte> start) => StartsCommon(start) || start.StartsWith("BM"u8);

    private static bool StartsLikely(ReadOnlySpan<byte> start) =>
        StartsCommon(start)
        || (start.Length > 10 && start.StartsWith("BM"u8) && !start[6..10].ContainsAnyExcept((byte)0)) // not any text
        || start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) // TIFF
        || (start.Length > 11 && start[4..].StartsWith("ftyp"u8) && IsImageBrand(start.Slice(8, 4)));

    private static bool StartsCommon(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) // JPEG
        || start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
        || start.StartsWith("GIF8"u8)
        || (start.Length > 11 && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8));

    // The same container holds films.
    private static bool IsImageBrand(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8)
            || brand.StartsWith("avi"u8);
}
