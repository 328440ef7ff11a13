using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>What decoding is going to take, before it does; and that it takes no more.</summary>
[TestClass]
public sealed class ImageHeaderTests
{
    [TestMethod]
    [DataRow("jpg_420.jpg", 0)]
    [DataRow("jpg_gray.jpg", 0)]
    [DataRow("jpg_prog.jpg", 3)] // 4:2:0: 1.5 coefficients of two bytes for each pixel
    [DataRow("o6_prog.jpg", 3)]
    [DataRow("png_rgb.png", 0)]
    [DataRow("png_adam7.png", 4)]
    [DataRow("png16_gray_full.png", 0)]
    [DataRow("webp_lossy.webp", 4)]
    [DataRow("gif_plain.gif", 4)]
    [DataRow("bmp24.bmp", 0)]
    public void Memory_beside_the_result_is_known_from_the_header(string name, double bytes) =>
        Assert.AreEqual(bytes, ImageHeader.Read(File.ReadAllBytes(TestEncodings.PathOf(name)))!.WorkingBytes);

    [TestMethod]
    public void A_large_jpeg_that_is_turned_takes_its_pixels_once_and_leaves_nothing()
    {
        const int width = 6000, height = 5000;
        byte[] upright = Jpeg(width, height);
        byte[] exif = [0xFF, 0xE1, 0, 0x22, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        using EncodedImage turned = EncodedImage.Copy([.. upright[..2], .. exif, .. upright[2..]]);
        using EncodedImage straight = EncodedImage.Copy(upright);
        ProcessMemory.Reset();
        long before = ProcessMemory.Resident;
        using (DecodedImage image = ImageDecoder.Decode(turned, 100_000_000, double.PositiveInfinity, name: null))
        {
            Assert.AreEqual((height, width), (image.Width, image.Height));
            using DecodedImage reference = ImageDecoder.Decode(straight, 100_000_000, double.PositiveInfinity, name: null);
            for (int i = 0; i < 100; i++)
            {
                int x = i * 59 % width, y = i * 4999 % height;
                Assert.IsTrue(reference.Pixels.Slice(((y * width) + x) * 4, 3)
                    .SequenceEqual(image.Pixels.Slice(((x * height) + height - 1 - y) * 4, 3)));
            }
        }

        if (!OperatingSystem.IsLinux()) return;
        const long pixels = width * height * 4L; // 120 MB, twice: the image and its reference
        Assert.IsLessThan(2 * pixels + 60_000_000, ProcessMemory.Peak - before);
        Assert.IsLessThan(60_000_000, ProcessMemory.Resident - before);
    }

    [TestMethod]
    public void Decoding_stops_when_it_is_told_to()
    {
        using EncodedImage jpeg = EncodedImage.Copy(Jpeg(64, 64));
        Assert.ThrowsExactly<OperationCanceledException>(
            () => ImageDecoder.Decode(jpeg, 100_000_000, double.PositiveInfinity, name: null, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void A_pipe_is_refused_without_being_opened()
    {
        if (OperatingSystem.IsWindows()) return;
        using TemporaryFolder folder = new();
        string pipe = folder.File("pipe.jpg"), link = folder.File("link.jpg");
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [pipe])) make.WaitForExit();
        File.CreateSymbolicLink(link, pipe);
        foreach (string path in new[] { pipe, link, "/dev/zero" })
        {
            Task refused = Task.Run(() => Assert.ThrowsExactly<UnreadableImageException>(() => Picture.OfFile(path)));
            Assert.IsTrue(refused.Wait(TimeSpan.FromSeconds(30)), path);
        }
    }

    private static byte[] Jpeg(int width, int height)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Gray8));
        byte[] pixels = [.. Enumerable.Range(0, width * height).Select(i => (byte)((i % width / 23) + (i / width / 19)))];
        System.Runtime.InteropServices.Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 50);
        return encoded.ToArray();
    }
}
