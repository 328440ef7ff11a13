using System.Buffers.Binary;
using ImageMagick;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.ImageFormats;

/// <summary>
/// HEIC, AVIF, TIFF, JPEG XL and JPEG 2000, read by ImageMagick. The content says which format it is, not the name. Embedded color
/// profiles are not applied, transparency is dropped, and 16-bit channels are scaled to 8 bits. Nothing has to be called: where this
/// assembly lies beside a program, <see cref="ImageDecoder"/> finds it.
/// </summary>
public sealed class MagickReader : IImageFormatReader
{
    private const int Rows = 64; // copied at a time
    private const string Damaged = "is truncated or damaged";
    private const string RawFile = "is a camera's raw file; export it as JPEG or PNG";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".jxl", ".jp2", ".j2k", ".jpf", ".jpx"];

    /// <summary>ImageMagick's own pixels and the codec's planes.</summary>
    public int WorkingBytes => 12;

    /// <inheritdoc/>
    public (int Width, int Height)? Measure(ReadOnlySpan<byte> encoded)
    {
        if (FormatOf(encoded) is not { } format) return null;
        if (format == MagickFormat.Tiff && TiffHeader.IsCameraRaw(encoded)) throw new InvalidDataException(RawFile);
        try
        {
            var info = new MagickImageInfo();
            info.Read(encoded, Settings(format));
            return Turns(info.Orientation) ? ((int)info.Height, (int)info.Width) : ((int)info.Width, (int)info.Height);
        }
        catch (MagickException failure)
        {
            throw new InvalidDataException(Damaged, failure);
        }
    }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<byte> encoded, Span<byte> rgba)
    {
        try
        {
            using var image = new MagickImage();
            MagickWarningException? damage = null;
            image.Warning += (_, warning) =>
            {
                // Others are remarks, such as a TIFF's unknown tag.
                if (warning.Exception is MagickCorruptImageWarningException) damage = warning.Exception;
            };
            image.Read(encoded, Settings(FormatOf(encoded) ?? throw new InvalidDataException(Damaged)));
            if (damage is not null) throw new InvalidDataException(Damaged, damage);
            image.AutoOrient();
            if (image.ColorSpace is not (ColorSpace.sRGB or ColorSpace.Gray or ColorSpace.RGB)) image.ColorSpace = ColorSpace.sRGB;
            Copy(image, rgba);
        }
        catch (MagickException failure)
        {
            throw new InvalidDataException(Damaged, failure);
        }
    }

    private static void Copy(MagickImage image, Span<byte> rgba)
    {
        int width = (int)image.Width, height = (int)image.Height;
        if ((long)width * height * 4 != rgba.Length) throw new InvalidDataException("has pixels of another size than it says");
        using IUnsafePixelCollection<byte> pixels = image.GetPixelsUnsafe();
        for (int row = 0; row < height; row += Rows)
        {
            int count = Math.Min(Rows, height - row);
            byte[] band = pixels.ToByteArray(0, row, (uint)width, (uint)count, PixelMapping.RGBA) ?? throw new InvalidDataException(Damaged);
            band.CopyTo(rgba[(row * width * 4)..]);
        }
    }

    // The format is named, so that ImageMagick does not choose one of its hundreds by the content.
    private static MagickReadSettings Settings(MagickFormat format) => new() { Format = format, FrameIndex = 0, FrameCount = 1 };

    private static bool Turns(Orientation orientation) => orientation is Orientation.LeftTop or Orientation.RightTop
        or Orientation.RightBottom or Orientation.LeftBottom;

    private static MagickFormat? FormatOf(ReadOnlySpan<byte> encoded)
    {
        if (TiffHeader.Starts(encoded)) return MagickFormat.Tiff;
        if (encoded.StartsWith("\0\0\0\fJXL "u8) || encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A])) return MagickFormat.Jxl;
        if (encoded.StartsWith("\0\0\0\fjP  "u8)) return MagickFormat.Jp2;
        if (encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51])) return MagickFormat.J2k;
        if (encoded.Length < 12 || !encoded[4..].StartsWith("ftyp"u8)) return null;

        // ISO 14496-12: the major brand, a version, and brands that the file is compatible with.
        int end = (int)Math.Min(Math.Min(BinaryPrimitives.ReadUInt32BigEndian(encoded), 256), (uint)encoded.Length);
        MagickFormat? format = OfBrand(encoded.Slice(8, 4));
        for (int at = 16; format is null && IsGeneric(encoded.Slice(8, 4)) && at + 4 <= end; at += 4) format = OfBrand(encoded.Slice(at, 4));
        return format;
    }

    private static bool IsGeneric(ReadOnlySpan<byte> brand) => brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8);

    private static MagickFormat? OfBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8)) return MagickFormat.Heic;
        return brand.StartsWith("avi"u8) && brand[3] is (byte)'f' or (byte)'s' ? MagickFormat.Avif : null;
    }
}
