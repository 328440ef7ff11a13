using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Data;

/// <summary>What is drawn at random, and what becomes of a picture.</summary>
[TestClass]
public sealed class AugmentationTests
{
    private const int Width = 40, Height = 30, Size = 24;

    private static readonly byte[] picture = Noise(Width * Height * 3);

    [TestMethod]
    public void Random_crops_have_the_areas_and_shapes_asked_for()
    {
        var crop = new RandomResizedCrop { MinScale = 0.2, MaxScale = 0.5 };
        var random = new RandomStream(1, 0, 0);
        var areas = new List<double>();
        for (int i = 0; i < 2000; i++)
        {
            (int left, int top, int width, int height) = crop.Draw(400, 300, ref random);
            Assert.IsTrue(left >= 0 && top >= 0 && left + width <= 400 && top + height <= 300, $"{left} {top} {width} {height}");
            Assert.IsInRange(0.74, 1.35, (double)width / height);
            areas.Add(width * height / 120000.0);
        }

        Assert.IsInRange(0.199, 0.501, areas.Min());
        Assert.IsInRange(0.199, 0.501, areas.Max());
        // Even between 0.2 and 0.5; the largest of extreme shape do not fit, which lowers the mean a little.
        Assert.AreEqual(0.35, areas.Average(), 0.01);
    }

    [TestMethod]
    [DataRow(1, 1000)]
    [DataRow(1000, 1)]
    [DataRow(1, 1)]
    [DataRow(300, 20)]
    public void Thin_pictures_have_crops_too(int width, int height)
    {
        var random = new RandomStream(1, 0, 0);
        for (int i = 0; i < 100; i++)
        {
            (int left, int top, int cropWidth, int cropHeight) = new RandomResizedCrop().Draw(width, height, ref random);
            Assert.IsTrue(cropWidth >= 1 && cropHeight >= 1 && left >= 0 && top >= 0 && left + cropWidth <= width && top + cropHeight <= height,
                $"{left} {top} {cropWidth} {cropHeight}");
        }
    }

    /// <summary>torchvision's fallback: the largest crop of the widest shape, in the middle.</summary>
    [TestMethod]
    public void A_picture_too_wide_for_any_crop_is_cropped_in_the_middle()
    {
        var random = new RandomStream(1, 0, 0);
        Assert.AreEqual((135, 0, 30, 20), new RandomResizedCrop { MinScale = 1, MinAspect = 1.5, MaxAspect = 1.5 }.Draw(300, 20, ref random));
    }

    [TestMethod]
    public void A_crop_is_cut_out_first_and_resized_then()
    {
        var crop = new RandomResizedCrop { MinScale = 0.3, MaxScale = 0.3 };
        var random = new RandomStream(1, 0, 0);
        (int left, int top, int width, int height) = crop.Draw(Width, Height, ref random);
        byte[] cut = new byte[width * height * 4];
        for (int i = 0; i < width * height; i++) picture.AsSpan((((top + (i / width)) * Width) + left + (i % width)) * 3, 3).CopyTo(cut.AsSpan(i * 4));
        byte[] expected = new byte[Size * Size * 3];
        Resampler.Resample(cut, width, height, new CropWindow(Size, Size, 0, 0, Size, Size), Interpolation.Bilinear, expected);
        CollectionAssert.AreEqual(expected, Augment(new Augmentation { Crop = crop }));
    }

    [TestMethod]
    public void Without_a_random_crop_the_middle_of_the_picture_is_as_for_evaluation()
    {
        // 30 pixels of height become 24 / 0.8 = 30, so nothing is resampled.
        byte[] pixels = Augment(new Augmentation());
        for (int i = 0; i < pixels.Length; i++)
        {
            int y = (i / 3 / Size) + 3, x = (i / 3 % Size) + 8;
            Assert.AreEqual(picture[(((y * Width) + x) * 3) + (i % 3)], pixels[i]);
        }
    }

    [TestMethod]
    public void Mirroring_exchanges_left_and_right() => AssertMoved(new Augmentation { HorizontalFlip = 1 }, (x, y) => (Size - 1 - x, y));

    [TestMethod]
    public void Turning_upside_down_exchanges_top_and_bottom() => AssertMoved(new Augmentation { VerticalFlip = 1 }, (x, y) => (x, Size - 1 - y));

    [TestMethod]
    public void Half_of_the_pictures_are_mirrored()
    {
        byte[] plain = Augment(new Augmentation());
        int mirrored = Enumerable.Range(0, 1000).Count(place => !plain.SequenceEqual(Augment(new Augmentation { HorizontalFlip = 0.5 }, place)));
        Assert.IsInRange(450, 550, mirrored); // three standard deviations are 47
    }

    [TestMethod]
    public void Erasing_blots_out_one_rectangle_of_the_size_asked_for()
    {
        byte[] plain = Augment(new Augmentation());
        byte[] erased = Augment(new Augmentation { Erasing = new RandomErasing { Probability = 1, MinScale = 0.1, MaxScale = 0.2 } });
        (int X, int Y)[] changed = [.. Enumerable.Range(0, Size * Size).Where(i => !plain.AsSpan(i * 3, 3).SequenceEqual(erased.AsSpan(i * 3, 3))).Select(i => (i % Size, i / Size))];
        Assert.IsInRange(0.08, 0.22, changed.Length / (double)(Size * Size));
        Assert.HasCount((changed.Max(p => p.X) - changed.Min(p => p.X) + 1) * (changed.Max(p => p.Y) - changed.Min(p => p.Y) + 1), changed);
        CollectionAssert.AreEqual(new byte[] { 124, 116, 104 }, erased.AsSpan(((changed[0].Y * Size) + changed[0].X) * 3, 3).ToArray());
    }

    [TestMethod]
    public void Erasing_happens_as_often_as_asked_for()
    {
        var erasing = new RandomErasing { Probability = 0.25 };
        int happened = Enumerable.Range(0, 4000).Count(place =>
        {
            var random = new RandomStream(1, 0, place);
            return erasing.Draw(224, ref random).Width > 0;
        });
        Assert.IsInRange(900, 1100, happened);
    }

    [TestMethod]
    public void Jitter_of_brightness_stays_within_its_strength()
    {
        byte[] gray = [.. Enumerable.Repeat((byte)100, Width * Height * 3)];
        byte[] levels = [.. Enumerable.Range(0, 500).Select(place => Augment(new Augmentation { ColorJitter = new ColorJitter { Brightness = 0.4 } }, place, gray)[0])];
        Assert.IsInRange(60, 62, levels.Min());
        Assert.IsInRange(138, 140, levels.Max());
    }

    // By torchvision's table at magnitude 9 of 31 for a picture of 224 pixels: degrees, pixels 150 / 331 * 224 * 9 / 30, 8 - round(9 / 7.5), 255 - 255 * 9 / 30.
    [TestMethod]
    public void RandAugment_has_the_magnitudes_of_torchvision()
    {
        var magnitudes = Drawn(new RandAugment { Operations = 1, Magnitude = 9 });
        CollectionAssert.AreEquivalent(
            Enum.GetValues<PictureOperation>().Except([PictureOperation.Invert, PictureOperation.SolarizeAdd]).SelectMany(operation => operation switch
            {
                PictureOperation.ShearX or PictureOperation.ShearY => Either(operation, 0.09),
                PictureOperation.TranslateX or PictureOperation.TranslateY => Either(operation, 30.4532),
                PictureOperation.Rotate => Either(operation, 9),
                PictureOperation.Brightness or PictureOperation.Saturation or PictureOperation.Contrast or PictureOperation.Sharpness => Either(operation, 0.27),
                PictureOperation.Posterize => [(operation, 7)],
                PictureOperation.Solarize => [(operation, 178.5)],
                _ => [(operation, 0)],
            }).ToArray(),
            magnitudes);
    }

    // By timm's table at m6 of 10 for a picture of 224 pixels: 6/10 of 30 degrees and so on, 4 - int(2.4) bits, 256 - int(153.6), int(66).
    [TestMethod]
    public void Increasing_RandAugment_has_the_magnitudes_of_timm_and_does_half_of_what_it_draws()
    {
        var auto = new RandAugment { Increasing = true, Magnitude = 18 };
        CollectionAssert.AreEquivalent(
            Enum.GetValues<PictureOperation>().SelectMany(operation => operation switch
            {
                PictureOperation.ShearX or PictureOperation.ShearY => Either(operation, 0.18),
                PictureOperation.TranslateX or PictureOperation.TranslateY => Either(operation, 60.48),
                PictureOperation.Rotate => Either(operation, 18),
                PictureOperation.Brightness or PictureOperation.Saturation or PictureOperation.Contrast or PictureOperation.Sharpness => Either(operation, 0.54),
                PictureOperation.Posterize => [(operation, 2)],
                PictureOperation.Solarize => [(operation, 103)],
                PictureOperation.SolarizeAdd => [(operation, 66)],
                _ => [(operation, 0)],
            }).ToArray(),
            Drawn(auto));
        double done = Enumerable.Range(0, 4000).Average(place =>
        {
            var random = new RandomStream(1, 0, place);
            return auto.Draw(224, ref random).Count(entry => entry.Operation != PictureOperation.Identity);
        });
        Assert.AreEqual(1, done, 0.05); // of two
    }

    [TestMethod]
    public void TrivialAugment_reaches_the_ends_of_its_wide_ranges()
    {
        var magnitudes = Drawn(new TrivialAugmentWide());
        foreach ((PictureOperation operation, double least, double most) in new[]
        {
            (PictureOperation.ShearX, -0.99, 0.99), (PictureOperation.TranslateY, -32, 32), (PictureOperation.Rotate, -135, 135),
            (PictureOperation.Contrast, -0.99, 0.99), (PictureOperation.Posterize, 2, 8), (PictureOperation.Solarize, 0, 255), (PictureOperation.Equalize, 0, 0),
        })
        {
            double[] of = [.. magnitudes.Where(entry => entry.Operation == operation).Select(entry => entry.Magnitude)];
            Assert.AreEqual((least, most), (of.Min(), of.Max()), $"{operation}");
        }
    }

    // timm's mstd: normally distributed, cut off at the ends. A rotation has as many degrees as its magnitude says.
    [TestMethod]
    public void The_magnitudes_of_RandAugment_spread_as_asked_for()
    {
        double[] degrees = Rotations(new RandAugment { Operations = 1, Magnitude = 18, Spread = 1.5 });
        double mean = degrees.Average();
        Assert.AreEqual(18, mean, 0.2);
        Assert.AreEqual(1.5, Math.Sqrt(degrees.Average(angle => (angle - mean) * (angle - mean))), 0.1);
        Assert.AreEqual(30, Rotations(new RandAugment { Operations = 1, Magnitude = 30, Spread = 5 }).Max());

        static double[] Rotations(RandAugment auto) => [.. Drawn(auto).Where(entry => entry.Operation == PictureOperation.Rotate).Select(entry => Math.Abs(entry.Magnitude))];
    }

    [TestMethod]
    public void RandAugment_draws_as_many_operations_as_asked_for()
    {
        var random = new RandomStream(1, 0, 0);
        Assert.HasCount(3, new RandAugment { Operations = 3 }.Draw(Size, ref random));
    }

    [TestMethod]
    public void A_magnitude_beyond_the_last_is_refused() => Assert.AreEqual(
        $"A magnitude is 0 to 30. The usual one is 9. (Parameter 'Magnitude'){Environment.NewLine}Actual value was 31.",
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RandAugment { Magnitude = 31 }).Message);

    private static IEnumerable<(PictureOperation, double)> Either(PictureOperation operation, double magnitude) => [(operation, magnitude), (operation, -magnitude)];

    /// <summary>The different ones of so many that none is missing.</summary>
    private static (PictureOperation Operation, double Magnitude)[] Drawn(AutoAugment auto) => [.. Enumerable.Range(0, 20_000).Select(place =>
    {
        var random = new RandomStream(1, 0, place);
        (PictureOperation operation, double magnitude) = auto.Draw(224, ref random)[0];
        return (operation, Math.Round(magnitude, 4));
    }).Distinct()];

    private static void AssertMoved(Augmentation augmentation, Func<int, int, (int X, int Y)> from)
    {
        byte[] plain = Augment(new Augmentation()), moved = Augment(augmentation);
        for (int i = 0; i < moved.Length; i++)
        {
            (int x, int y) = from(i / 3 % Size, i / 3 / Size);
            Assert.AreEqual(plain[(((y * Size) + x) * 3) + (i % 3)], moved[i]);
        }
    }

    private static byte[] Augment(Augmentation augmentation, int place = 0, byte[]? rgb = null)
    {
        byte[] pixels = new byte[Size * Size * 3];
        new Augmenter(new LoaderOptions { Augmentation = augmentation, Preprocessing = new() { CropFraction = 0.8 } })
            .Apply(rgb ?? picture, Width, Height, new RandomStream(1, 0, place), Size, pixels);
        return pixels;
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
