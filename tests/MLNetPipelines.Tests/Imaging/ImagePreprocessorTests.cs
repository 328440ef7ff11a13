using Microsoft.ML.Data;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

[TestClass]
public sealed class ImagePreprocessorTests
{
    [TestMethod]
    public void Many_threads_get_what_one_gets()
    {
        string[] names = ["photo0.jpg", "photo2.jpg", "photo3.jpg", "exif_orientation_6.jpg", "photo.gif", "photo.webp", "palette.png"];
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        Parallel.For(0, 10 * names.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            string name = names[i % names.Length];
            byte[] pixels = new byte[preprocessor.PixelCount];
            preprocessor.Load(TestImages.PathOf(name), pixels);
            CollectionAssert.AreEqual(TestImages.Expected(name), pixels, name);
        });
    }

    [TestMethod]
    public void Bytes_give_what_the_file_gives() => CollectionAssert.AreEqual(
        TestImages.Load("photo3.jpg"), TestImages.Decode(TestImages.Bytes("photo3.jpg")));

    [TestMethod]
    public void An_image_that_ML_NET_read_gives_what_the_file_gives()
    {
        using MLImage image = MLImage.CreateFromFile(TestImages.PathOf("photo2.jpg"));
        CollectionAssert.AreEqual(TestImages.Expected("photo2.jpg"), Convert(image));
    }

    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32, 10, 20, 30)]
    [DataRow(MLPixelFormat.Bgra32, 30, 20, 10)]
    public void Both_pixel_formats_of_ML_NET_come_out_as_red_green_blue(MLPixelFormat format, int red, int green, int blue)
    {
        byte[] pixels = [.. Enumerable.Repeat(new byte[] { 10, 20, 30, 255 }, 12).SelectMany(pixel => pixel)];
        using MLImage image = MLImage.CreateFromPixels(4, 3, format, pixels);
        byte[] converted = Convert(image);
        for (int i = 0; i < converted.Length; i++)
        {
            Assert.AreEqual(new[] { red, green, blue }[i % 3], converted[i]);
        }
    }

    [TestMethod]
    [DataRow(1, 20000)]
    [DataRow(20000, 1)]
    [DataRow(3, 60000)]
    public void A_thin_picture_takes_little_memory(int width, int height)
    {
        byte[] encoded = TestImages.Plain(width, height, new SKColor(200, 100, 50));
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Decode(encoded, pixels);
        for (int i = 0; i < pixels.Length; i++)
        {
            Assert.AreEqual(new byte[] { 200, 100, 50 }[i % 3], pixels[i]);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        preprocessor.Decode(encoded, pixels);
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(5)]
    [DataRow(7)]
    [DataRow(225)]
    public void Any_image_size_comes_out_whole(int imageSize)
    {
        byte[] pixels = TestImages.Decode(
            TestImages.Plain(40, 30, new SKColor(9, 8, 7)), new ImagePreprocessing { ImageSize = imageSize });
        Assert.HasCount(imageSize * imageSize * 3, pixels);
        for (int i = 0; i < pixels.Length; i++)
        {
            Assert.AreEqual(9 - (i % 3), pixels[i]);
        }
    }

    [TestMethod]
    public void The_pixel_limit_can_be_chosen()
    {
        byte[] encoded = TestImages.Plain(100, 101, SKColors.Red);
        byte[] pixels = new byte[224 * 224 * 3];
        new ImagePreprocessor(new ImagePreprocessing(), pixelLimit: 10_100).Decode(encoded, pixels);
        UnreadableImageException exception = Assert.ThrowsExactly<UnreadableImageException>(
            () => new ImagePreprocessor(new ImagePreprocessing(), pixelLimit: 10_000).Decode(encoded, pixels));
        Assert.AreEqual("The image has 0.0101 megapixels; the limit is 0.01.", exception.Message);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(500_000_001)]
    public void A_pixel_limit_that_no_array_can_hold_is_refused(long pixelLimit) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImagePreprocessor(new ImagePreprocessing(), pixelLimit));

    [TestMethod]
    public void A_crop_fraction_near_zero_is_refused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new ImagePreprocessor(new ImagePreprocessing { CropFraction = double.Epsilon }));

    [TestMethod]
    public void A_span_of_the_wrong_length_is_refused()
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(
            () => new ImagePreprocessor(new ImagePreprocessing()).Load(TestImages.PathOf("photo0.jpg"), new byte[100]));
        Assert.AreEqual(
            "The span for the pixels has 100 bytes; an image of 224 x 224 takes 150528. (Parameter 'pixels')", exception.Message);
    }

    [TestMethod]
    public void A_path_that_is_none_is_an_unreadable_image()
    {
        Assert.ThrowsExactly<UnreadableImageException>(() => TestImages.Load("a\0b.jpg"));
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        Assert.ThrowsExactly<UnreadableImageException>(() => preprocessor.Load("", new byte[preprocessor.PixelCount]));
    }

    private static byte[] Convert(MLImage image)
    {
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Convert(image, pixels);
        return pixels;
    }
}
