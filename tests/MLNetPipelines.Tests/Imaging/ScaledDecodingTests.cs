namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>JPEG photos decoded at a part of their size, against the same photos decoded whole.</summary>
[TestClass]
public sealed class ScaledDecodingTests
{
    /// <summary>Measured: 2.0 to 2.7 of 255 levels, with few pixels to spare.</summary>
    [TestMethod]
    [DataRow("photo0.jpg", 96)]
    [DataRow("photo1.jpg", 48)]
    [DataRow("photo2.jpg", 48)]
    [DataRow("progressive.jpg", 96)]
    [DataRow("gray.jpg", 48)]
    [DataRow("exif_orientation_2.jpg", 96)]
    [DataRow("exif_orientation_6.jpg", 48)]
    public void The_same_part_of_the_picture_comes_out_nearly_the_same(string name, int imageSize)
    {
        ImagePreprocessing preprocessing = new() { ImageSize = imageSize };
        byte[] whole = TestImages.Load(name, preprocessing), scaled = Load(name, preprocessing, scaledDecoding: 1);
        CollectionAssert.AreNotEqual(whole, scaled);
        Assert.IsLessThan(3.5, TestImages.MeanDifference(whole, scaled));
    }

    [TestMethod]
    public void A_photo_without_pixels_to_spare_is_decoded_whole()
    {
        ImagePreprocessing preprocessing = new() { ImageSize = 96 };
        CollectionAssert.AreEqual(TestImages.Load("photo0.jpg", preprocessing), Load("photo0.jpg", preprocessing, scaledDecoding: 2));
    }

    [TestMethod]
    [DataRow("photo.webp")]
    [DataRow("photo.gif")]
    [DataRow("palette.png")]
    public void Other_formats_are_decoded_whole(string name)
    {
        ImagePreprocessing preprocessing = new() { ImageSize = 24 };
        CollectionAssert.AreEqual(TestImages.Load(name, preprocessing), Load(name, preprocessing, scaledDecoding: 1));
    }

    private static byte[] Load(string name, ImagePreprocessing preprocessing, double scaledDecoding)
    {
        ImagePreprocessor preprocessor = new(preprocessing, scaledDecoding: scaledDecoding);
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Load(TestImages.PathOf(name), pixels);
        return pixels;
    }
}
