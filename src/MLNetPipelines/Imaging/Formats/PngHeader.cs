using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The chunks of a PNG (PNG specification, third edition), read as Pillow 9.4 does: the orientation is in an eXIf chunk, or in the text
/// that ImageMagick writes of EXIF, or in XMP; and before the pixels every chunk's checksum must be right.
/// </summary>
internal static partial class PngHeader
{
    private const int LongestText = 1 << 20;
    private const int HeaderChunkLength = 12 + 13, BitDepth = 8, ColorType = 9;
    private const byte GrayAndAlpha = 4;
    private const string RawExif = "Raw profile type exif", Xmp = "XML:com.adobe.xmp";

    private static readonly uint[] crcTable = [.. Enumerable.Range(0, 256).Select(n => CrcEntry((uint)n))];

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    public static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        bool deepGray = false, interlaced = false, pixels = false;
        int? exif = null;
        string? rawExif = null, xmp = null;
        ReadOnlySpan<byte> rest = encoded[Signature.Length..];
        while (rest.Length >= 12 && BinaryPrimitives.ReadUInt32BigEndian(rest) is uint length && length <= rest.Length - 12)
        {
            ReadOnlySpan<byte> type = rest.Slice(4, 4), data = rest.Slice(8, (int)length);
            pixels |= type.SequenceEqual("IDAT"u8);
            if (!pixels && Crc(rest.Slice(4, 4 + (int)length)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
            {
                throw new DamagedImageException($"is damaged (the checksum of a PNG chunk, {Name(type)}, is wrong)");
            }

            if (type.SequenceEqual("IEND"u8)) break;
            if (type.SequenceEqual("IHDR"u8) && data.Length >= 13)
            {
                deepGray = data.Length == HeaderChunkLength - 12 && rest.Length == encoded.Length - Signature.Length
                    && data[BitDepth] == 16 && data[ColorType] == 0;
                interlaced = data[12] != 0;
            }
            else if (type.SequenceEqual("eXIf"u8))
            {
                exif = ExifOrientation.Read(data) ?? 0;
            }
            else if (type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8))
            {
                rawExif = Text(type, data, RawExif) ?? rawExif;
                xmp = Text(type, data, Xmp) ?? xmp;
            }

            rest = rest[(12 + (int)length)..];
        }

        exif ??= rawExif is null ? 0 : ExifOrientation.Read(Hexadecimal(rawExif)) ?? 0;
        if (exif == 0 && xmp is not null && XmpOrientation().Match(xmp) is { Success: true } match) exif = match.Groups[1].Value[0] - '0';
        ImageHeader header = new()
        {
            Orientation = exif is >= 1 and <= 8 and int orientation ? orientation : 1,
            WorkingBytes = interlaced ? DecodedImage.BytesPerPixel : 0,
        };
        return deepGray ? header with { Oddities = ImageOddities.ClippedGray, Disguise = AsGrayAndAlpha(encoded), Correction = ClipGray }
            : header;
    }

    /// <summary>
    /// Skia leaves out the lower byte of 16-bit gray. Called 8 bits of gray and 8 of transparency, which are stored in the same way, it
    /// gives both.
    /// </summary>
    private static byte[] AsGrayAndAlpha(ReadOnlySpan<byte> encoded)
    {
        byte[] disguise = encoded[..(Signature.Length + HeaderChunkLength)].ToArray();
        Span<byte> chunk = disguise.AsSpan(Signature.Length);
        (chunk[8 + BitDepth], chunk[8 + ColorType]) = (8, GrayAndAlpha);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[^4..], Crc(chunk[4..^4]));
        return disguise;
    }

    // Pillow reads such a file as 32-bit integers, and convert("RGB") clips those. Scaling would show more (and by which depth? 12-bit
    // data, the usual kind, are in 16-bit files as they are), but a backbone would then see here what it sees in no Python program. So it
    // is clipped, and said: see ImageOddities.ClippedGray.
    private static void ClipGray(Span<byte> rgba)
    {
        for (int i = 0; i < rgba.Length; i += DecodedImage.BytesPerPixel)
        {
            byte gray = rgba[i] > 0 ? byte.MaxValue : rgba[i + 3];
            (rgba[i], rgba[i + 1], rgba[i + 2], rgba[i + 3]) = (gray, gray, gray, byte.MaxValue);
        }
    }

    /// <summary>The text of a tEXt, zTXt or iTXt chunk with that keyword, or null.</summary>
    private static string? Text(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, string keyword)
    {
        if (data.IndexOf((byte)0) != keyword.Length || Encoding.Latin1.GetString(data[..keyword.Length]) != keyword) return null;
        data = data[(keyword.Length + 1)..];
        if (type[0] == 't') return Encoding.Latin1.GetString(data);
        if (type[0] == 'z') return data.IsEmpty ? null : Inflate(data[1..]);
        if (data.Length < 2) return null;

        bool compressed = data[0] != 0;
        data = data[2..];
        for (int i = 0; i < 2; i++) // language and translated keyword
        {
            int end = data.IndexOf((byte)0);
            if (end < 0) return null;
            data = data[(end + 1)..];
        }

        return compressed ? Inflate(data) : Encoding.UTF8.GetString(data);
    }

    private static string? Inflate(ReadOnlySpan<byte> data)
    {
        try
        {
            using ZLibStream inflated = new(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            byte[] text = new byte[LongestText];
            int length = inflated.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(text, 0, length);
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException)
        {
            return null;
        }
    }

    // "\nexif\n   1234\n" and then lines of hexadecimal digits.
    private static byte[] Hexadecimal(string raw)
    {
        string digits = string.Concat(raw.Split('\n').Skip(3));
        try
        {
            return Convert.FromHexString(string.Concat(digits.Where(c => !char.IsWhiteSpace(c))));
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = crcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint CrcEntry(uint n)
    {
        for (int bit = 0; bit < 8; bit++) n = (n & 1) != 0 ? 0xEDB88320 ^ (n >> 1) : n >> 1;
        return n;
    }

    private static string Name(ReadOnlySpan<byte> type) =>
        string.Concat(Encoding.Latin1.GetString(type).Select(c => char.IsAsciiLetter(c) ? c : '?'));

    [GeneratedRegex("tiff:Orientation(?:=\"|>)([0-9])")]
    private static partial Regex XmpOrientation();
}
