using System.Buffers.Binary;
using Microsoft.ML;
using ResNetMLNet.ImageFormats;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;

namespace Trainer.Tests;

/// <summary>HEIC, AVIF, TIFF, JPEG XL and JPEG 2000 against Pillow, libheif's own tool and libjxl's; Data/make.sh makes both sides.</summary>
[TestClass]
public sealed class OtherFormatsTests
{
    private static readonly string data = Path.Combine(AppContext.BaseDirectory, "ImageFormats", "Data");
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    // Lossless ones are equal. CMYK, and a palette's 16-bit colors, differ in rounding; a lossy one by how each decoder rounds and enlarges the chroma: other colors, or another
    // orientation, are 20 off and more.
    [TestMethod]
    [DataRow("lzw.tif", 0)]
    [DataRow("deflate.tif", 0)]
    [DataRow("gray.tif", 0)]
    [DataRow("alpha.tif", 0)]
    [DataRow("turned.tif", 0)]
    [DataRow("lossless.jxl", 0)]
    [DataRow("cmyk.tif", 1)]
    [DataRow("palette.tif", 1)]
    [DataRow("jpeg.tif", 1)]
    [DataRow("lossless.jp2", 1)]
    [DataRow("photo.heic", 2)]
    [DataRow("photo.avif", 2)]
    public void Pixels_are_those_of_the_reference(string name, double tolerance)
    {
        using DecodedImage image = ImageDecoder.DecodeFile(Path.Combine(data, name), 1_000_000, double.PositiveInfinity);
        using SKBitmap expected = SKBitmap.Decode(Path.Combine(data, "expected", $"{name.Replace('.', '_')}.png"));
        Assert.AreEqual((expected.Width, expected.Height), (image.Width, image.Height));
        byte[] pixels = image.Pixels.ToArray();
        double difference = expected.Pixels.Select((color, i) =>
            (Math.Abs(color.Red - pixels[4 * i]) + Math.Abs(color.Green - pixels[(4 * i) + 1]) + Math.Abs(color.Blue - pixels[(4 * i) + 2])) / 3.0).Average();
        Assert.IsLessThanOrEqualTo(tolerance, difference);
    }

    [TestMethod]
    public void A_limit_on_pixels_is_looked_at_before_decoding() => Assert.AreEqual(
        "has 0.006912 megapixels; the limit is 0.0069", Refusal(File.ReadAllBytes(Path.Combine(data, "photo.heic")), pixelLimit: 6_900));

    [TestMethod]
    [DataRow("lzw.tif")]
    [DataRow("photo.heic")]
    [DataRow("photo.avif")]
    [DataRow("lossless.jxl")]
    public void A_truncated_file_is_refused(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(data, name));
        Assert.AreEqual("is truncated or damaged", Refusal(whole[..(whole.Length / 2)]));
    }

    // A reader of TIFF takes the small copy in front of a camera's own data for the photo.
    [TestMethod]
    public void A_cameras_raw_file_is_not_taken_for_a_TIFF_image()
    {
        const ushort newSubfileType = 254;
        byte[] file = File.ReadAllBytes(Path.Combine(data, "lzw.tif"));
        Assert.IsTrue(file.AsSpan().StartsWith("II*\0"u8));
        int directory = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4));
        Span<byte> entry = file.AsSpan(directory + 2, 12);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, newSubfileType);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], 4); // LONG
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], 1); // a reduced-resolution image
        Assert.AreEqual("is a camera's raw file; export it as JPEG or PNG", Refusal(file));
    }

    /// <summary>Whatever is done to a file, the process lives, and the answer is an image or a refusal.</summary>
    [TestMethod]
    [DataRow("lzw.tif")]
    [DataRow("photo.heic")]
    [DataRow("photo.avif")]
    [DataRow("lossless.jxl")]
    [DataRow("lossless.jp2")]
    public void Damage_is_refused_or_shown_and_never_ends_the_process(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(data, name));
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 60; round++)
        {
            byte[] damaged = [.. whole];
            // Near the start, where sizes and offsets are, and anywhere.
            for (int i = 0; i < 4; i++) damaged[random.Next(round % 2 == 0 ? Math.Min(400, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
            string path = folder["damaged"];
            File.WriteAllBytes(path, damaged);
            try
            {
                ImageDecoder.DecodeFile(path, 1_000_000, double.PositiveInfinity).Dispose();
            }
            catch (UnreadableImageException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(5, refused);
    }

    [TestMethod]
    public void Photos_of_a_phone_are_trained_on_and_nothing_is_left_behind()
    {
        foreach (string label in new[] { "first", "second" })
        {
            Directory.CreateDirectory(folder[$"photos/{label}"]);
            foreach (string name in new[] { "photo.heic", "photo.avif", "lzw.tif" })
                File.Copy(Path.Combine(data, name), folder[$"photos/{label}/{name}"]);
        }

        int count = new MLContext().Data.LoadImageFolder(folder["photos"]).Preview().RowView.Length;
        Assert.AreEqual(6, count);
        using ImageFeaturizer featurizer = BackboneTrainer.OpenFeaturizer("resnet18_mlnet");
        foreach (ImageFeatures image in featurizer.Featurize(Directory.EnumerateFiles(folder["photos/first"]))) Assert.IsNull(image.Error, image.Path);
    }

    [TestMethod]
    public void A_reader_of_the_callers_own_goes_first()
    {
        File.WriteAllBytes(folder["image.mine"], "MINE"u8.ToArray());
        IImageFormatReader? before = ImageDecoder.OtherFormats;
        Assert.IsInstanceOfType<MagickReader>(before);
        try
        {
            ImageDecoder.OtherFormats = new Mine();
            using DecodedImage image = ImageDecoder.DecodeFile(folder["image.mine"], 100, double.PositiveInfinity);
            Assert.AreEqual((2, 1, (byte)7), (image.Width, image.Height, image.Pixels[4]));
        }
        finally
        {
            ImageDecoder.OtherFormats = null;
        }

        Assert.AreSame(before, ImageDecoder.OtherFormats);
    }

    private string Refusal(byte[] file, long pixelLimit = 1_000_000)
    {
        File.WriteAllBytes(folder["image"], file);
        return Assert.ThrowsExactly<UnreadableImageException>(() => ImageDecoder.DecodeFile(folder["image"], pixelLimit, double.PositiveInfinity).Dispose()).Reason;
    }

    private sealed class Mine : IImageFormatReader
    {
        public IReadOnlyCollection<string> Extensions => [".mine"];

        public int WorkingBytes => 0;

        public (int Width, int Height)? Measure(ReadOnlySpan<byte> encoded) => encoded.StartsWith("MINE"u8) ? (2, 1) : null;

        public void Decode(ReadOnlySpan<byte> encoded, Span<byte> rgba) => rgba.Fill(7);
    }
}
