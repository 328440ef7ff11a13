using System.Runtime.InteropServices;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>The eight EXIF orientations.</summary>
[TestClass]
public sealed class ImageOrientationTests
{
    // An F as a camera stores it in each orientation (the well-known figure to EXIF's tag 0x0112), rows from the top.
    [TestMethod]
    [DataRow(1, "###", "#..", "##.", "#..", "#..")]
    [DataRow(2, "###", "..#", ".##", "..#", "..#")]
    [DataRow(3, "..#", "..#", ".##", "..#", "###")]
    [DataRow(4, "#..", "#..", "##.", "#..", "###")]
    [DataRow(5, "#####", "#.#..", "#....")]
    [DataRow(6, "#....", "#.#..", "#####")]
    [DataRow(7, "....#", "..#.#", "#####")]
    [DataRow(8, "#####", "..#.#", "....#")]
    public void An_F_stands_upright(int orientation, params string[] stored)
    {
        using DecodedImage image = Picture(stored);
        using DecodedImage upright = new(3, 5);
        ImageOrientation.Place(image.Pixels, image.Width, firstRow: 0, orientation, upright);
        CollectionAssert.AreEqual(new[] { "###", "#..", "##.", "#..", "#.." }, Rows(upright));
    }

    [TestMethod]
    public void Pictures_larger_than_a_block_turn_whole()
    {
        const int width = 37, height = 21;
        using DecodedImage stored = new(width, height);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(stored.Pixels);
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (uint)i;
        }

        // Orientation 6: turn clockwise, so the first row is the first column from the bottom up. In bands, as they are decoded.
        using DecodedImage upright = new(height, width);
        for (int row = 0; row < height; row += 8)
        {
            Span<byte> band = stored.Pixels[(row * width * 4)..(Math.Min(row + 8, height) * width * 4)];
            ImageOrientation.Place(band, width, row, orientation: 6, upright);
        }

        ReadOnlySpan<uint> turned = MemoryMarshal.Cast<byte, uint>(upright.Pixels);
        for (int y = 0; y < width; y++)
        {
            for (int x = 0; x < height; x++)
            {
                Assert.AreEqual((uint)(((height - 1 - x) * width) + y), turned[(y * height) + x]);
            }
        }
    }

    [TestMethod]
    public void Exif_orientation_6_is_applied_before_resizing() => CollectionAssert.AreEqual(
        TestImages.Expected("exif_orientation_6.jpg"), TestImages.Load("exif_orientation_6.jpg"));

    // Byte 49 of the reference files is the orientation's value, and the only byte in which they differ. Pillow's pixels are at hand
    // for 2, 3, 6 and 8; the other four are those, mirrored or upside down.
    [TestMethod]
    [DataRow(3, 1, true, true)]
    [DataRow(2, 4, true, true)]
    [DataRow(8, 5, false, true)]
    [DataRow(6, 7, false, true)]
    public void Every_value_of_the_tag_is_read(int orientation, int other, bool mirrored, bool upsideDown)
    {
        ImagePreprocessing unscaled = new() { ImageSize = 240, CropFraction = 1 };
        byte[] one = TestImages.Decode(WithOrientation(orientation), unscaled);
        byte[] another = TestImages.Decode(WithOrientation(other), unscaled);
        for (int y = 0; y < 240; y++)
        {
            for (int x = 0; x < 240; x++)
            {
                int there = ((upsideDown ? 239 - y : y) * 240) + (mirrored ? 239 - x : x);
                Assert.AreEqual(one[((y * 240) + x) * 3], another[there * 3]);
            }
        }
    }

    private static byte[] WithOrientation(int orientation)
    {
        byte[] jpeg = TestImages.Bytes("exif_orientation_2.jpg");
        Assert.AreEqual(2, jpeg[49]);
        jpeg[49] = (byte)orientation;
        return jpeg;
    }

    private static DecodedImage Picture(string[] rows)
    {
        DecodedImage image = new(rows[0].Length, rows.Length);
        MemoryMarshal.Cast<char, ushort>(string.Concat(rows).AsSpan()).ToArray().Select(symbol => (uint)symbol).ToArray()
            .CopyTo(MemoryMarshal.Cast<byte, uint>(image.Pixels));
        return image;
    }

    private static string[] Rows(DecodedImage image) =>
    [
        .. MemoryMarshal.Cast<byte, uint>(image.Pixels).ToArray().Chunk(image.Width)
            .Select(row => string.Concat(row.Select(symbol => (char)symbol))),
    ];
}
