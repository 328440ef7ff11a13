using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>Whatever a file holds, the outcome is pixels or an <see cref="UnreadableImageException"/>.</summary>
[TestClass]
public sealed class DamagedImageTests
{
    [TestMethod]
    [DataRow("photo1.jpg", "is truncated")]
    [DataRow("cmyk.jpg", "is truncated")]
    [DataRow("progressive.jpg", "is truncated or damaged")]
    [DataRow("small_90x60.png", "is truncated")]
    [DataRow("palette.png", "is truncated")]
    [DataRow("photo.gif", "is truncated")]
    [DataRow("photo.bmp", "is truncated")]
    [DataRow("photo.webp", "is truncated")]
    public void Half_a_file_is_unreadable(string name, string reason)
    {
        byte[] whole = TestImages.Bytes(name);
        UnreadableImageException exception =
            Assert.ThrowsExactly<UnreadableImageException>(() => TestImages.Decode(whole[..(whole.Length / 2)]));
        Assert.AreEqual(reason, exception.Reason);
        Assert.IsNull(exception.Path);
        Assert.AreEqual($"The image {reason}.", exception.Message);
    }

    [TestMethod]
    public void A_jpeg_with_flipped_bits_is_decoded_as_far_as_it_goes()
    {
        byte[] rotten = TestImages.Bytes("photo1.jpg");
        foreach (ref byte value in rotten.AsSpan(3000, 400))
        {
            value ^= 0xAD;
        }

        // Coefficients are wrong from there on, but markers and length are as they were: libjpeg only warns.
        Assert.HasCount(224 * 224 * 3, TestImages.Decode(rotten));
    }

    [TestMethod]
    public void A_name_for_bytes_appears_in_the_message()
    {
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        UnreadableImageException exception = Assert.ThrowsExactly<UnreadableImageException>(
            () => preprocessor.Decode([1, 2, 3], new byte[preprocessor.PixelCount], "upload 7"));
        Assert.AreEqual("The image 'upload 7' is not an image in a known format (JPEG, PNG, GIF, BMP, WebP).", exception.Message);
    }

    [TestMethod]
    public void Random_damage_gives_pixels_or_an_unreadable_image()
    {
        const int files = 3000;
        Random random = new(20);
        byte[][] originals = SmallFiles();
        ImagePreprocessor preprocessor = new(new ImagePreprocessing { ImageSize = 16 }, pixelLimit: 1_000_000);
        byte[] pixels = new byte[preprocessor.PixelCount];
        int readable = 0;
        for (int i = 0; i < files; i++)
        {
            try
            {
                preprocessor.Decode(Damage(originals[i % originals.Length], random), pixels);
                readable++;
            }
            catch (UnreadableImageException)
            {
                // The other permitted outcome.
            }
        }

        Assert.IsInRange(files / 10, files * 9 / 10, readable); // otherwise the damage is too slight or too great to try anything
    }

    /// <summary>Up to 8 bytes overwritten, half the time within the first 100, where the headers are; one file in four cut short.</summary>
    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] damaged = [.. original];
        int reach = random.Next(2) == 0 ? Math.Min(100, damaged.Length) : damaged.Length;
        for (int flips = random.Next(1, 9); flips > 0; flips--)
        {
            damaged[random.Next(reach)] = (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }

    private static byte[][] SmallFiles()
    {
        using SKBitmap photo = SKBitmap.Decode(TestImages.PathOf("small_90x60.png"));
        using SKBitmap small = photo.Resize(new SKImageInfo(48, 32), SKFilterQuality.High);
        using SKData jpeg = small.Encode(SKEncodedImageFormat.Jpeg, 80);
        using SKData png = small.Encode(SKEncodedImageFormat.Png, 100);
        using SKData webp = small.Encode(SKEncodedImageFormat.Webp, 80);
        return
        [
            jpeg.ToArray(),
            png.ToArray(),
            webp.ToArray(),
            TestImages.Bytes("one_pixel.png"),
            TestImages.Bytes("exif_orientation_6.jpg"),
            TestImages.Bytes("progressive.jpg"),
            TestImages.Bytes("palette.png"),
            TestImages.Bytes("photo.gif"),
            TestImages.Bytes("photo.bmp"),
            TestImages.Bytes("cmyk.jpg"),
        ];
    }
}
