using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Files that are not read, by their content: what each is, and the way out.</summary>
internal static class ForeignFormats
{
    private const int Head = 1024;
    private const string Convert = "convert it to JPEG or PNG, for example with ImageMagick: `magick mogrify -format png FILES`";
    private const string Add = "reference the package ResNetMLNet.ImageFormats to read it, or " + Convert;
    private const string Export = "export it as JPEG or PNG";
    private const string Video = "a video; take frames out of it, for example with `ffmpeg -i FILE frame%04d.jpg`";

    private static readonly (string Start, int At, string Description)[] known =
    [
        ("GIF8", 0, "a GIF of an unknown version"),
        ("II*\0", 0, "a TIFF image or a camera's raw file; " + Add),
        ("MM\0*", 0, "a TIFF image or a camera's raw file; " + Add),
        ("II+\0", 0, "a BigTIFF image; " + Add),
        ("MM\0+", 0, "a BigTIFF image; " + Add),
        ("II\u00BC", 0, "a JPEG XR image; " + Convert),
        ("IIU\0", 0, "a camera's raw file (RW2); " + Export),
        ("IIRO", 0, "a camera's raw file (ORF); " + Export),
        ("FUJIFILMCCD-RAW", 0, "a camera's raw file (RAF); " + Export),
        ("\0\0\0\u000CjP  ", 0, "a JPEG 2000 image; " + Add),
        ("\u00FF\u004F\u00FF\u0051", 0, "a JPEG 2000 image; " + Add),
        ("\0\0\0\u000CJXL ", 0, "a JPEG XL image; " + Add),
        ("\u00FF\u000A", 0, "a JPEG XL image; " + Add),
        ("8BPS", 0, "a Photoshop document; " + Export),
        ("gimp xcf", 0, "a GIMP image; " + Export),
        ("\0\0\u0001\0", 0, "an icon (ICO); " + Convert),
        ("\u008AMNG", 0, "an MNG animation; " + Convert),
        ("qoif", 0, "a QOI image; " + Convert),
        ("\u0076\u002F\u0031\u0001", 0, "an OpenEXR image; " + Convert),
        ("#?RADIANCE", 0, "a Radiance HDR image; " + Convert),
        ("DDS ", 0, "a DDS texture; " + Convert),
        ("BPG\u00FB", 0, "a BPG image; " + Convert),
        ("SIMPLE  =", 0, "a FITS image; " + Convert),
        ("DICM", 128, "a DICOM image; convert it to PNG, for example with `dcm2img` of DCMTK"),
        ("%PDF-", 0, "a PDF document; convert its pages, for example with `pdftoppm -png`"),
        ("%!PS", 0, "a PostScript document; convert its pages, for example with `magick`"),
        ("PK\u0003\u0004", 0, "a ZIP archive; unpack it"),
        ("\u001F\u008B", 0, "a gzip archive; unpack it"),
        ("Rar!", 0, "a RAR archive; unpack it"),
        ("7z\u00BC\u00AF", 0, "a 7z archive; unpack it"),
        ("ustar", 257, "a tar archive; unpack it"),
        ("\u0093NUMPY", 0, "a NumPy array; save it as PNG"),
        ("\u001AE\u00DF\u00A3", 0, Video),
        ("AVI ", 8, Video),
        ("\0\u0005\u0016\u0007", 0, "the metadata that macOS keeps beside a file (AppleDouble); delete it"),
        ("\u00D0\u00CF\u0011\u00E0", 0, "an Office document or a Windows thumbnail database"),
        ("version https://git-lfs", 0, "a Git LFS pointer, not the image itself; fetch the image with `git lfs pull`"),
        ("<svg", 0, "an SVG drawing; render it to PNG, for example with `rsvg-convert`"),
        ("<!doctype svg", 0, "an SVG drawing; render it to PNG, for example with `rsvg-convert`"),
        ("<!doctype html", 0, "an HTML page, such as a server's error message; download the image again"),
        ("<html", 0, "an HTML page, such as a server's error message; download the image again"),
        ("<head", 0, "an HTML page, such as a server's error message; download the image again"),
        ("{\"", 0, "JSON text"),
    ];

    /// <returns>What the file is, as the end of a sentence that starts with the image: "is a PDF document ...".</returns>
    public static string Describe(ReadOnlySpan<byte> encoded)
    {
        string head = Encoding.Latin1.GetString(encoded[..Math.Min(Head, encoded.Length)]);
        string text = head.TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        bool isTarga = encoded.Length >= 18 && encoded[^18..].SequenceEqual("TRUEVISION-XFILE.\0"u8);
        string? what = isTarga ? "a Targa image; " + Convert : Iso(head)
            ?? known.FirstOrDefault(format => StartsWith(format.At == 0 && format.Start[0] is '<' or '{'
                ? text : head, format.Start, format.At)).Description
            ?? Other(encoded, head, text);
        return what is null ? "is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)" : $"is {what}";
    }

    /// <summary>HEIC, AVIF and videos have the same container (ISO 14496-12), and name their kind in it.</summary>
    private static string? Iso(string head) => !StartsWith(head, "ftyp", 4) || head.Length < 12 ? null : head[8..12] switch
    {
        "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" or "mif1" or "msf1" => "a HEIC image; " + Add,
        "avif" or "avis" => "an AVIF image; " + Add,
        "crx " => "a camera's raw file (CR3); " + Export,
        "jp2 " or "jpx " => "a JPEG 2000 image; " + Add,
        _ => Video,
    };

    private static string? Other(ReadOnlySpan<byte> encoded, string head, string text)
    {
        if (encoded.IndexOfAnyExcept((byte)0) < 0) return "made of zeros alone: copying or saving it was not finished";
        if (head.Length > 2 && head[0] == 'P' && head[1] is >= '1' and <= '7' && char.IsWhiteSpace(head[2]))
            return "a portable anymap (PBM, PGM, PPM); " + Convert;
        if (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
        {
            return text.Contains("<svg", StringComparison.OrdinalIgnoreCase)
                ? "an SVG drawing; render it to PNG, for example with `rsvg-convert`" : "XML text";
        }

        return null;
    }

    private static bool StartsWith(string head, string start, int at) =>
        head.Length >= at + start.Length && string.Compare(head, at, start, 0, start.Length, StringComparison.OrdinalIgnoreCase) == 0;
}
