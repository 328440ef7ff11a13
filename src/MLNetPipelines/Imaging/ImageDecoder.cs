using System.Reflection;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Encoded images to pixels, which are those of Pillow 9.4's <c>ImageOps.exif_transpose(image).convert("RGB")</c>. The content says which
/// format it is, not the name. Embedded color profiles are not applied, and transparency is dropped, so that the colors under it show as
/// stored. 16-bit channels keep their upper 8 bits, but of a 16-bit grayscale PNG all values above 255 are white. Of an animation, the
/// first frame counts.
/// </summary>
/// <remarks>
/// An image takes four bytes a pixel while it is decoded. Beside them, a JPEG in several scans (progressive) takes up to eight more;
/// an interlaced PNG, a WebP or a GIF four; one of these that is turned upright another four.
/// <see cref="DecodingBudget.Process"/> bounds what all images take together; see <see cref="PixelBuffer"/> for what is kept afterwards.
/// </remarks>
public static class ImageDecoder
{
    // Rows are decoded in bands, between which the decoder looks at the token.
    private const int PixelsInBand = 1 << 20;

    private static readonly Lazy<IImageFormatReader?> found = new(Find);
    private static IImageFormatReader? given;

    /// <summary>
    /// What reads formats other than JPEG, PNG, GIF, BMP and WebP: a reader of the caller's own, or the one of the package
    /// ResNetMLNet.ImageFormats (HEIC, AVIF, TIFF, JPEG XL and JPEG 2000) where it lies beside the program; null where there is none.
    /// </summary>
    public static IImageFormatReader? OtherFormats
    {
        get => Volatile.Read(ref given) ?? found.Value;
        set => Volatile.Write(ref given, value);
    }

    /// <summary>Reads an image file.</summary>
    /// <param name="path">JPEG, PNG, GIF, BMP or WebP, whatever its name says, or one of the <see cref="OtherFormats"/>.</param>
    /// <param name="pixelLimit">Most pixels, width times height, that the image may have; looked at before memory is taken.</param>
    /// <param name="enough">
    /// Pixels of the shorter side that are enough: a JPEG is decoded at the smallest of 1/8, 1/4 and 1/2 of its size that has them;
    /// infinity decodes it whole.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for memory, and the decoding of a JPEG between two bands of rows.</param>
    /// <returns>The image, turned as its EXIF orientation says; to be disposed of.</returns>
    /// <exception cref="UnreadableImageException">It is missing, or not a whole image of a known format and bearable size.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    public static DecodedImage DecodeFile(string path, long pixelLimit, double enough, CancellationToken cancellationToken = default)
    {
        using EncodedImage encoded = ImageFile.Read(path);
        return Decode(encoded, pixelLimit, enough, path, cancellationToken);
    }

    /// <param name="encoded">JPEG, PNG, GIF, BMP or WebP.</param>
    /// <param name="pixelLimit">Most pixels, width times height, that an image may have; looked at before memory is taken.</param>
    /// <param name="enough">Pixels of the shorter side that are enough: a JPEG is decoded at the smallest of 1/8, 1/4 and 1/2 of its size
    /// that has them.</param>
    /// <param name="name">The image's file, for messages; null where there is none.</param>
    /// <param name="cancellationToken">Ends the wait for memory, and the decoding of a JPEG between two bands of rows.</param>
    /// <returns>The image, turned as its EXIF orientation says.</returns>
    /// <exception cref="UnreadableImageException">There is no whole image of a known format and bearable size, or no memory for
    /// it.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    internal static DecodedImage Decode(EncodedImage encoded, long pixelLimit, double enough, string? name,
        CancellationToken cancellationToken = default)
    {
        try
        {
            if (encoded.Bytes.IsEmpty) throw new DamagedImageException("is empty");
            if (ImageHeader.Read(encoded.Bytes) is not { } header) return DecodeOther(encoded, pixelLimit, cancellationToken);
            using IDisposable? disguised = header.Disguise is { } disguise ? encoded.Disguise(disguise) : null;
            using SKData data = encoded.ToSkia();
            using SKMemoryStream stream = new(data);
            using SKCodec codec = SKCodec.Create(stream, out SKCodecResult opened) ?? throw new DamagedImageException(Reason(opened));
            return DecodeUpright(codec, header, pixelLimit, enough, cancellationToken);
        }
        catch (DamagedImageException damaged)
        {
            throw new UnreadableImageException(name, damaged.Message);
        }
        catch (OutOfMemoryException tooLarge)
        {
            throw new UnreadableImageException(name, "needs more memory than there is", tooLarge);
        }
    }

    private static DecodedImage DecodeOther(EncodedImage encoded, long pixelLimit, CancellationToken cancellationToken)
    {
        IDisposable? lease = null;
        DecodedImage? image = null;
        try
        {
            if (OtherFormats is not { } reader || reader.Measure(encoded.Bytes) is not var (width, height))
                throw new DamagedImageException(ForeignFormats.Describe(encoded.Bytes));
            long pixelCount = CheckSize(width, height, pixelLimit);
            lease = DecodingBudget.Process.Take(((double)DecodedImage.BytesPerPixel + reader.WorkingBytes) * pixelCount, cancellationToken);
            image = new DecodedImage(width, height);
            reader.Decode(encoded.Bytes, image.Pixels);
            image.Oddities = image.IsFlat() ? ImageOddities.Flat : 0;
            image.Lease = lease;
            return image;
        }
        catch (Exception failure)
        {
            image?.Dispose();
            lease?.Dispose();
            if (failure is InvalidDataException damaged) throw new DamagedImageException(damaged.Message);
            throw;
        }
    }

    private static long CheckSize(int width, int height, long pixelLimit)
    {
        if (width < 1 || height < 1) throw new DamagedImageException("has no pixels");
        long pixelCount = (long)width * height;
        return pixelCount <= pixelLimit
            ? pixelCount
            : throw new DamagedImageException($"has {Megapixels(pixelCount)} megapixels; the limit is {Megapixels(pixelLimit)}");
    }

    private static IImageFormatReader? Find()
    {
        try
        {
            Type? reader = Assembly.Load("ResNetMLNet.ImageFormats").GetType("ResNetMLNet.ImageFormats.MagickReader");
            return reader is null ? null : (IImageFormatReader?)Activator.CreateInstance(reader);
        }
        catch (Exception notThere) when (notThere is IOException or BadImageFormatException or TargetInvocationException)
        {
            return null;
        }
    }

    private static DecodedImage DecodeUpright(SKCodec codec, ImageHeader header, long pixelLimit, double enough,
        CancellationToken cancellationToken)
    {
        SKImageInfo stored = codec.Info;
        long pixelCount = CheckSize(stored.Width, stored.Height, pixelLimit);
        SKSizeI size = ScaledSize(codec, enough);
        bool inBands = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        bool turned = header.Orientation > 1 && !inBands;
        double result = (double)size.Width * size.Height * DecodedImage.BytesPerPixel;
        IDisposable lease = DecodingBudget.Process.Take((turned ? 2 : 1) * result + header.WorkingBytes * pixelCount, cancellationToken);
        DecodedImage? image = null;
        try
        {
            image = ImageOrientation.Swaps(header.Orientation)
                ? new(size.Height, size.Width) { FullWidth = stored.Height, FullHeight = stored.Width }
                : new(size.Width, size.Height) { FullWidth = stored.Width, FullHeight = stored.Height };
            if (inBands)
            {
                DecodeBands(codec, size, header.Orientation, image, cancellationToken);
            }
            else
            {
                DecodeWhole(codec, header, image);
            }

            image.Oddities = header.Oddities | (image.IsFlat() ? ImageOddities.Flat : 0);
            image.Lease = lease;
            return image;
        }
        catch
        {
            image?.Dispose();
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Each band of rows goes to its place in the upright image, so that there is no second image beside it.</summary>
    private static void DecodeBands(SKCodec codec, SKSizeI size, int orientation, DecodedImage image, CancellationToken cancellationToken)
    {
        SKImageInfo wanted = Wanted(size);
        SKCodecResult started = codec.StartScanlineDecode(wanted);
        if (started != SKCodecResult.Success) throw new DamagedImageException(Reason(started));
        int bandRows = Math.Min(Math.Max(PixelsInBand / size.Width, ImageOrientation.BlockSide), size.Height);
        using PixelBuffer? band = orientation > 1 ? new PixelBuffer(bandRows * wanted.RowBytes) : null;
        for (int row = 0; row < size.Height; row += bandRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(bandRows, size.Height - row);
            nint target = band?.Address ?? image.Address + (nint)row * wanted.RowBytes;
            if (codec.GetScanlines(target, count, wanted.RowBytes) != count)
                throw new DamagedImageException(Reason(SKCodecResult.IncompleteInput));
            if (band is not null) ImageOrientation.Place(band.Bytes[..(count * wanted.RowBytes)], size.Width, row, orientation, image);
        }
    }

    private static void DecodeWhole(SKCodec codec, ImageHeader header, DecodedImage image)
    {
        SKImageInfo wanted = Wanted(codec.Info.Size);
        using PixelBuffer? aside = header.Orientation > 1 ? new PixelBuffer(checked(wanted.RowBytes * wanted.Height)) : null;
        Span<byte> rgba = aside is null ? image.Pixels : aside.Bytes;
        SKCodecResult decoded = codec.GetPixels(wanted, aside?.Address ?? image.Address, wanted.RowBytes, SKCodecOptions.Default);
        if (decoded != SKCodecResult.Success) throw new DamagedImageException(Reason(decoded));
        header.Correction?.Invoke(rgba);
        if (aside is not null) ImageOrientation.Place(rgba, wanted.Width, firstRow: 0, header.Orientation, image);
    }

    // Without a color space Skia converts no colors; unpremultiplied leaves colors under transparency alone.
    private static SKImageInfo Wanted(SKSizeI size) => new(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul,
        colorspace: null);

    // A JPEG's blocks of 8 x 8 pixels are cosines, and leaving out the quick ones gives blocks of 4, 2 or 1: less work, and an antialiased
    // image.
    private static SKSizeI ScaledSize(SKCodec codec, double enough)
    {
        SKSizeI whole = codec.Info.Size;
        if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg || Math.Min(whole.Width, whole.Height) / 2 < enough)
        {
            return whole;
        }

        return new[] { 1 / 8f, 1 / 4f, 1 / 2f }.Select(codec.GetScaledDimensions)
            .First(size => Math.Min(size.Width, size.Height) >= enough);
    }

    private static string Reason(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "is truncated",
        SKCodecResult.Unimplemented => "uses a feature of its format that cannot be read",
        _ => "is truncated or damaged", // a progressive JPEG that ends early is InvalidInput
    };

    private static string Megapixels(long pixels) =>
        (pixels / 1e6).ToString("0.######", System.Globalization.CultureInfo.InvariantCulture);
}
