using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>Brightness and entropy are those that numpy and Pillow 9.4 compute of the same files by cleanvision's formulas.</summary>
[TestClass]
public sealed class ImageStatisticsTests
{
    [TestMethod]
    [DataRow("photo0.jpg", 0.0078, 0.9827, 8.7328, 240, 240)]
    [DataRow("photo1.jpg", 0.2402, 0.8794, 8.4125, 500, 375)]
    [DataRow("palette.png", 0.0078, 0.9809, 6.9283, 240, 240)]
    [DataRow("exif_orientation_6.jpg", 0.0086, 0.9804, 8.7423, 240, 240)]
    public void Brightness_entropy_and_size_are_the_references(string file, double low, double high, double entropy, int width, int height)
    {
        ImageStatistics statistics = Measure(TestImages.PathOf(file));
        Assert.AreEqual(low, statistics.LowBrightness, 1.0 / 255);
        Assert.AreEqual(high, statistics.HighBrightness, 1.0 / 255);
        Assert.AreEqual(entropy, statistics.Entropy, 0.01);
        Assert.AreEqual((width, height), (statistics.Width, statistics.Height));
    }

    [TestMethod]
    public void One_color_has_no_sharpness_and_the_entropy_of_its_channels()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("plain.png"), TestImages.Plain(40, 10, new SKColor(255, 0, 128)));
        ImageStatistics statistics = Measure(folder.File("plain.png"));
        Assert.AreEqual(Math.Log2(3), statistics.Entropy, 1e-9);
        Assert.AreEqual(0, statistics.Sharpness);
        Assert.AreEqual(0.25, statistics.AspectRatio);
        Assert.AreEqual(Math.Sqrt(0.241 + (0.068 * 128 * 128 / 255 / 255)), statistics.LowBrightness, 0.5 / 255);
        Assert.AreEqual(statistics.LowBrightness, statistics.HighBrightness);
    }

    /// <summary>
    /// Of sin(w x) the Laplacian is 2 (cos w - 1) sin(w x), and the central difference is sin w cos(w x).
    /// </summary>
    [TestMethod]
    [DataRow(4)]
    [DataRow(8)]
    [DataRow(16)]
    public void Sharpness_of_a_wave_is_that_of_its_frequency_whatever_its_contrast(int period)
    {
        double w = 2 * Math.PI / period, expected = Math.Pow(2 - (2 * Math.Cos(w)), 2) / Math.Pow(Math.Sin(w), 2);
        foreach (float contrast in new[] { 50f, 120f })
        {
            float[] gray = [.. Enumerable.Range(0, 128 * 128).Select(i => 128 + (contrast * MathF.Sin((float)w * (i % 128))))];
            Assert.AreEqual(expected, ImageSharpness.Of(gray, 128, 128), 0.1 * expected);
        }
    }

    [TestMethod]
    public void A_sharp_part_makes_an_image_sharp_and_noise_below_a_level_does_not()
    {
        var random = new Random(1);
        float[] flat = [.. Enumerable.Range(0, 128 * 128).Select(_ => 128 + random.NextSingle())], dot = [.. flat];
        for (int i = 0; i < 64; i += 3) dot[((20 + (i / 8)) * 128) + 20 + (i % 8)] = 255;
        Assert.IsLessThan(1, ImageSharpness.Of(flat, 128, 128));
        Assert.IsGreaterThan(3, ImageSharpness.Of(dot, 128, 128));
    }

    [TestMethod]
    public void Photos_are_sharp_and_not_when_they_are_blurred()
    {
        using DecodedImage photo = ImageDecoder.DecodeFile(TestImages.PathOf("photo1.jpg"), 100_000_000, double.PositiveInfinity);
        Assert.IsGreaterThan(1.5, ImageStatistics.Of(photo).Sharpness);
        (float[] gray, int width, int height) = ImageSharpness.Gray(photo);
        for (int pass = 0; pass < 3; pass++) gray = MeanOfNine(gray, width, height); // as a Gaussian of sigma 1.4
        Assert.IsLessThan(1.5, ImageSharpness.Of(gray, width, height));
    }

    private static ImageStatistics Measure(string path)
    {
        using DecodedImage image = ImageDecoder.DecodeFile(path, 100_000_000, double.PositiveInfinity);
        return ImageStatistics.Of(image);
    }

    private static float[] MeanOfNine(float[] gray, int width, int height)
    {
        return [.. Enumerable.Range(0, gray.Length).Select(i => Enumerable.Range(0, 9).Average(k => At((i % width) + (k % 3) - 1, (i / width) + (k / 3) - 1)))];

        float At(int x, int y) => gray[(Math.Clamp(y, 0, height - 1) * width) + Math.Clamp(x, 0, width - 1)];
    }
}
