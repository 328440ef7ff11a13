namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>Every kind of file against what Pillow 9.4 makes of it, or against what must hold where the two may differ.</summary>
[TestClass]
public sealed class ReferenceImageTests
{
    // No tolerance anywhere: SkiaSharp 2.88.9 brings libjpeg-turbo, libwebp and libpng, whose pixels are those of Pillow's.
    [TestMethod]
    [DataRow("photo0.jpg", Interpolation.Bilinear)]
    [DataRow("photo0.jpg", Interpolation.Bicubic)]
    [DataRow("photo1.jpg", Interpolation.Bilinear)]
    [DataRow("photo2.jpg", Interpolation.Bilinear)]
    [DataRow("photo3.jpg", Interpolation.Bilinear)]
    [DataRow("photo3.jpg", Interpolation.Bicubic)]
    [DataRow("progressive.jpg", Interpolation.Bilinear)]
    [DataRow("gray.jpg", Interpolation.Bilinear)]
    [DataRow("exif_orientation_2.jpg", Interpolation.Bilinear)]
    [DataRow("exif_orientation_3.jpg", Interpolation.Bilinear)]
    [DataRow("exif_orientation_6.jpg", Interpolation.Bilinear)]
    [DataRow("exif_orientation_8.jpg", Interpolation.Bilinear)]
    [DataRow("small_90x60.png", Interpolation.Bilinear)]
    [DataRow("small_90x60.png", Interpolation.Bicubic)]
    [DataRow("wide_1000x40.png", Interpolation.Bilinear)]
    [DataRow("one_pixel.png", Interpolation.Bilinear)]
    [DataRow("palette.png", Interpolation.Bilinear)]
    [DataRow("photo.webp", Interpolation.Bilinear)]
    [DataRow("photo.gif", Interpolation.Bilinear)]
    public void Pixels_are_those_of_Pillow(string name, Interpolation interpolation) => CollectionAssert.AreEqual(
        TestImages.Expected(name, interpolation),
        TestImages.Load(name, new ImagePreprocessing { Interpolation = interpolation }));

    [TestMethod]
    [DataRow("photo0.jpg", Interpolation.Bilinear)]
    [DataRow("photo0.jpg", Interpolation.Bicubic)]
    [DataRow("photo1.jpg", Interpolation.Bilinear)]
    [DataRow("exif_orientation_6.jpg", Interpolation.Bilinear)]
    [DataRow("small_90x60.png", Interpolation.Bilinear)]
    [DataRow("small_90x60.png", Interpolation.Bicubic)]
    [DataRow("wide_1000x40.png", Interpolation.Bilinear)]
    public void Squashed_and_letterboxed_pixels_are_those_of_Pillow(string name, Interpolation interpolation)
    {
        foreach (ImageResizing resizing in new[] { ImageResizing.Squash, ImageResizing.Letterbox })
        {
            CollectionAssert.AreEqual(TestImages.Expected(name, interpolation, resizing), TestImages.Load(name,
                new ImagePreprocessing { ImageSize = 112, Interpolation = interpolation, Resizing = resizing }), $"{resizing}");
        }
    }

    [TestMethod]
    public void A_bitmap_file_gives_the_pixels_of_the_photo_that_it_was_made_from() =>
        CollectionAssert.AreEqual(TestImages.Expected("photo0.jpg"), TestImages.Load("photo.bmp"));

    [TestMethod]
    public void Transparency_is_dropped_so_that_the_colours_under_it_show() =>
        CollectionAssert.AreEqual(TestImages.Expected("photo0.jpg"), TestImages.Load("alpha.png"));

    // Measured: 0.65. The file is photo0 converted to CMYK and compressed again; colours inverted or taken as RGB are over 60 off.
    [TestMethod]
    public void Cmyk_jpeg_has_the_colours_of_the_photo() =>
        Assert.IsLessThan(2, TestImages.MeanDifference(TestImages.Expected("photo0.jpg"), TestImages.Load("cmyk.jpg")));

    // Pillow clips them, although they are meant to be scaled: the file's values are v * 257, and only 0 stays below 256.
    [TestMethod]
    public void Sixteen_bit_gray_above_255_is_white_as_in_Pillow() => Assert.IsGreaterThan(
        253, TestImages.Load("gray16.png", new ImagePreprocessing { ImageSize = 240, CropFraction = 1 }).Average(value => (double)value));

    [TestMethod]
    public void Content_decides_what_a_file_is_not_its_name()
    {
        string misnamed = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jpg");
        File.Copy(TestImages.PathOf("small_90x60.png"), misnamed);
        try
        {
            CollectionAssert.AreEqual(TestImages.Expected("small_90x60.png"), TestImages.Load(misnamed));
        }
        finally
        {
            File.Delete(misnamed);
        }
    }

    [TestMethod]
    [DataRow("empty.jpg", "is empty")]
    [DataRow("text_named.jpg", "is an HTML page, such as a server's error message; download the image again")]
    [DataRow("zeros.jpg", "is made of zeros alone: copying or saving it was not finished")]
    [DataRow("truncated_header.jpg", "is truncated")]
    [DataRow("bomb_30000x30000.png", "has 900 megapixels; the limit is 100")]
    [DataRow("absent.jpg", "does not exist")]
    [DataRow("absent/absent.jpg", "does not exist")]
    [DataRow("expected", "is a folder")]
    public void An_unreadable_file_is_named_with_the_reason(string name, string reason)
    {
        UnreadableImageException exception = Assert.ThrowsExactly<UnreadableImageException>(() => TestImages.Load(name));
        Assert.AreEqual(reason, exception.Reason);
        Assert.AreEqual(TestImages.PathOf(name), exception.Path);
        Assert.AreEqual($"The image '{TestImages.PathOf(name)}' {reason}.", exception.Message);
    }

    [TestMethod]
    public void A_huge_picture_is_refused_before_memory_is_taken()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<UnreadableImageException>(() => TestImages.Load("bomb_30000x30000.png"));
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
