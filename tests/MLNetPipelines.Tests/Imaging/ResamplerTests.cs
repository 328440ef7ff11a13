namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>What holds whatever the sizes; <see cref="ReferenceImageTests"/> sees to it that the numbers are Pillow's.</summary>
[TestClass]
public sealed class ResamplerTests
{
    [TestMethod]
    [DataRow(Interpolation.Bilinear)]
    [DataRow(Interpolation.Bicubic)]
    public void A_picture_of_one_colour_keeps_its_colour_at_any_size(Interpolation interpolation)
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            (int width, int height) = (random.Next(1, 300), random.Next(1, 300));
            CropWindow whole = Whole(random.Next(1, 150), random.Next(1, 150));
            byte[] color = [(byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), 0];
            byte[] rgba = [.. Enumerable.Repeat(color, width * height).SelectMany(pixel => pixel)];
            byte[] rgb = Resample(rgba, width, height, whole, interpolation);
            for (int i = 0; i < rgb.Length; i++)
            {
                Assert.AreEqual(color[i % 3], rgb[i], $"{width}x{height} to {whole}, byte {i}");
            }
        }
    }

    [TestMethod]
    [DataRow(Interpolation.Bilinear)]
    [DataRow(Interpolation.Bicubic)]
    public void Nothing_changes_when_the_size_stays(Interpolation interpolation)
    {
        Random random = new(2);
        for (int round = 0; round < 50; round++)
        {
            (int width, int height) = (random.Next(1, 100), random.Next(1, 100));
            byte[] rgba = Noise(width, height, random);
            CollectionAssert.AreEqual(
                rgba.Where((_, i) => i % 4 != 3).ToArray(), Resample(rgba, width, height, Whole(width, height), interpolation));
        }
    }

    [TestMethod]
    [DataRow(Interpolation.Bilinear)]
    [DataRow(Interpolation.Bicubic)]
    public void A_window_holds_what_the_whole_picture_has_there(Interpolation interpolation)
    {
        Random random = new(3);
        for (int round = 0; round < 50; round++)
        {
            (int width, int height) = (random.Next(1, 120), random.Next(1, 120));
            byte[] rgba = Noise(width, height, random);
            CropWindow whole = Whole(random.Next(1, 120), random.Next(1, 120));
            int left = random.Next(whole.Width), top = random.Next(whole.Height);
            CropWindow part = whole with
            {
                Left = left,
                Top = top,
                Width = random.Next(1, whole.Width - left + 1),
                Height = random.Next(1, whole.Height - top + 1),
            };

            byte[] all = Resample(rgba, width, height, whole, interpolation);
            byte[] some = Resample(rgba, width, height, part, interpolation);
            for (int y = 0; y < part.Height; y++)
            {
                CollectionAssert.AreEqual(
                    all.AsSpan((((top + y) * whole.Width) + left) * 3, part.Width * 3).ToArray(),
                    some.AsSpan(y * part.Width * 3, part.Width * 3).ToArray());
            }
        }
    }

    [TestMethod]
    public void Shrinking_averages_instead_of_skipping()
    {
        // Columns 0, 255, 0, 255 ...: a sampler that skips gives 0 or 255, an antialiased one the mean.
        byte[] stripes = [.. Enumerable.Range(0, 64 * 8).SelectMany(i => Enumerable.Repeat((byte)(i % 2 * 255), 4))];
        byte[] rgb = Resample(stripes, 64, 8, Whole(8, 8), Interpolation.Bilinear);
        foreach (byte value in rgb)
        {
            Assert.IsInRange(120, 135, value);
        }
    }

    [TestMethod]
    public void A_cubic_overshoots_to_black_and_white_and_not_beyond()
    {
        byte[] edge = [.. Enumerable.Range(0, 8).SelectMany(x => Enumerable.Repeat((byte)(x < 4 ? 5 : 250), 4))];
        byte[] rgb = Resample(edge, 8, 1, Whole(64, 1), Interpolation.Bicubic);
        Assert.AreEqual(0, rgb.Min());
        Assert.AreEqual(255, rgb.Max());
        Assert.AreEqual(5, rgb[0]);
        Assert.AreEqual(250, rgb[^1]);
    }

    [TestMethod]
    [DataRow(500, 375, 341, 256, 58, 16)] // 58.5 rounds to the even 58
    [DataRow(375, 500, 256, 341, 16, 58)]
    [DataRow(375, 503, 256, 343, 16, 60)] // 59.5 rounds to the even 60
    [DataRow(100, 100, 256, 256, 16, 16)]
    [DataRow(1, 20000, 256, 5_120_000, 16, 2_559_888)]
    public void The_centre_crop_is_rounded_half_to_even(
        int width, int height, int resizedWidth, int resizedHeight, int left, int top) => Assert.AreEqual(
        new CropWindow(resizedWidth, resizedHeight, left, top, 224, 224), CropWindow.Center(width, height, 256, 224));

    private static CropWindow Whole(int width, int height) => new(width, height, 0, 0, width, height);

    private static byte[] Resample(byte[] rgba, int width, int height, CropWindow window, Interpolation interpolation)
    {
        byte[] rgb = new byte[window.Width * window.Height * 3];
        Resampler.Resample(rgba, width, height, window, interpolation, rgb);
        return rgb;
    }

    private static byte[] Noise(int width, int height, Random random)
    {
        byte[] rgba = new byte[width * height * 4];
        random.NextBytes(rgba);
        return rgba;
    }
}
