using System.Security.Cryptography;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>Small images in as many encodings as people have, against what Pillow 9.4 makes of them.</summary>
[TestClass]
public sealed class EncodingTests
{
    // Pillow reads some formats that are only named here, with the way out.
    private static readonly Dictionary<string, string> named = new()
    {
        ["heic_named.jpg"] = "is a HEIC image; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["photo.heic"] = "is a HEIC image; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["photo.avif"] = "is an AVIF image; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["jp2.jp2"] = "is a JPEG 2000 image; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["tiff.tif"] = "is a TIFF image or a camera's raw file; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["tiff_named.jpg"] = "is a TIFF image or a camera's raw file; reference the package ResNetMLNet.ImageFormats to read it, or convert it to JPEG or PNG",
        ["ico.ico"] = "is an icon (ICO); convert it to JPEG or PNG",
        ["tga.tga"] = "is a Targa image; convert it to JPEG or PNG",
        ["ppm.ppm"] = "is a portable anymap (PBM, PGM, PPM); convert it to JPEG or PNG",
        ["svg.svg"] = "is an SVG drawing; render it to PNG",
        ["html_named.jpg"] = "is an HTML page, such as a server's error message; download the image again",
        ["lfs_pointer.jpg"] = "is a Git LFS pointer, not the image itself; fetch the image with `git lfs pull`",
    };

    public static IEnumerable<object[]> Images => TestEncodings.All.Keys.Except(named.Keys).Except(["jpg_extraneous.jpg"])
        .Select(name => new object[] { name });

    public static IEnumerable<object[]> Named => named.Select(pair => new object[] { pair.Key, pair.Value });

    // No tolerance: SkiaSharp 2.88.9 brings libjpeg-turbo, libwebp and libpng, whose pixels are those of Pillow's.
    [TestMethod]
    [DynamicData(nameof(Images))]
    public void An_image_has_the_pixels_that_Pillow_gives_or_is_refused_by_both(string name)
    {
        TestEncodings.Expectation expected = TestEncodings.All[name];
        if (expected.Refused is not null)
        {
            Assert.ThrowsExactly<UnreadableImageException>(() => TestEncodings.Decode(name));
            return;
        }

        using DecodedImage image = TestEncodings.Decode(name);
        byte[] rgb = TestEncodings.Rgb(image);
        IEnumerable<double> means = Enumerable.Range(0, 3).Select(channel =>
            Math.Round(rgb.Where((_, i) => i % 3 == channel).Average(value => (double)value), 4));
        Assert.AreEqual($"{expected.Width} x {expected.Height}: {string.Join(", ", expected.Mean!)}",
            $"{image.Width} x {image.Height}: {string.Join(", ", means)}");
        Assert.AreEqual(expected.Sha256, Convert.ToHexStringLower(SHA256.HashData(rgb)));
    }

    [TestMethod]
    [DynamicData(nameof(Named))]
    public void A_file_of_another_kind_is_named_with_the_way_out(string name, string reason) => StringAssert.StartsWith(
        Assert.ThrowsExactly<UnreadableImageException>(() => TestEncodings.Decode(name)).Reason, reason);

    // Three stray bytes between the last pixel and the end marker: libjpeg skips them, and Pillow, which feeds it bit by bit, gives up.
    [TestMethod]
    public void Stray_bytes_behind_the_last_pixel_of_a_jpeg_cost_nothing()
    {
        using DecodedImage stray = TestEncodings.Decode("jpg_extraneous.jpg"), clean = TestEncodings.Decode("jpg_restart.jpg");
        CollectionAssert.AreEqual(TestEncodings.Rgb(clean), TestEncodings.Rgb(stray));
    }

    [TestMethod]
    [DataRow("icon_black_on_transparent.png", "is one flat color after decoding; a transparent image loses its background")]
    [DataRow("png16_gray_12bit.png", "is a 16-bit grayscale PNG, whose values above 255 become white")]
    [DataRow("s_1x1.png", "is one flat color after decoding")]
    [DataRow("png_rgba.png", null)]
    [DataRow("gif_logo_white_transp.gif", null)]
    public void An_image_that_decoding_leaves_little_of_is_known(string name, string? warning)
    {
        using DecodedImage image = TestEncodings.Decode(name);
        string? actual = image.Oddities.Describe();
        if (warning is null) Assert.IsNull(actual);
        else StringAssert.StartsWith(actual, warning);
    }

    [TestMethod]
    [DataRow("is a PDF document", "%PDF-1.7\n")]
    [DataRow("is a Photoshop document", "8BPS")]
    [DataRow("is an HTML page", "\n\u00EF\u00BB\u00BF<HTML lang=de>")]
    [DataRow("is an SVG drawing", "<?xml version='1.0'?>\n<!-- drawn -->\n<svg width='1'/>")]
    [DataRow("is XML text", "<?xml version='1.0'?><Error/>")]
    [DataRow("is JSON text", "{\"error\": 404}")]
    [DataRow("is a video", "\0\0\0\u0018ftypmp42\0\0\0\0")]
    [DataRow("is a video", "RIFF\u0010\0\0\0AVI LIST")]
    [DataRow("is a JPEG XL image", "\u00FF\u000A\0\0")]
    [DataRow("is a camera's raw file (CR3)", "\0\0\0\u0018ftypcrx \0\0\0\0")]
    [DataRow("is a ZIP archive", "PK\u0003\u0004")]
    [DataRow("is a GIF of an unknown version", "GIF88a")]
    [DataRow("is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)", "hello")]
    [DataRow("is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)", "I")]
    public void Other_files_are_known_by_their_first_bytes(string reason, string start) => StringAssert.StartsWith(
        Assert.ThrowsExactly<UnreadableImageException>(() => TestImages.Decode(System.Text.Encoding.Latin1.GetBytes(start))).Reason,
            reason);
}
