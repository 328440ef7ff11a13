using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace FromScratch;

/// <summary>
/// Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747, MIT): 60,000 and 10,000 grey pictures of 28 pixels in ten classes, as Debian's package
/// dataset-fashion-mnist installs them. They become PNG files of 32 pixels, a folder for each class, with a black border of two pixels.
/// </summary>
internal static class FashionMnist
{
    private const string Origin = "/usr/share/datasets/fashion-mnist";
    private const int Side = 28, Border = 2, Padded = Side + 2 * Border;

    private static readonly string[] Classes = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"];

    public static void Unpack(string train, string test)
    {
        if (!Directory.Exists(Origin)) throw new DirectoryNotFoundException($"'{Origin}' is missing: sudo apt install dataset-fashion-mnist.");
        UnpackPart("train", train);
        UnpackPart("t10k", test);
    }

    private static void UnpackPart(string part, string folder)
    {
        byte[] images = Read($"{part}-images-idx3-ubyte.gz", headerLength: 16), labels = Read($"{part}-labels-idx1-ubyte.gz", headerLength: 8);
        foreach (string name in Classes) Directory.CreateDirectory(Path.Combine(folder, name));
        Parallel.For(0, labels.Length, i =>
        {
            byte[] pixels = new byte[Padded * Padded];
            for (int y = 0; y < Side; y++) images.AsSpan((i * Side + y) * Side, Side).CopyTo(pixels.AsSpan((y + Border) * Padded + Border));
            using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(Padded, Padded, SKColorType.Gray8, SKAlphaType.Opaque), pixels);
            using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
            using FileStream file = File.Create(Path.Combine(folder, Classes[labels[i]], $"{i:D5}.png"));
            png.SaveTo(file);
        });
    }

    /// <summary>What stands after the header of an IDX file, whose number of items has to fit.</summary>
    private static byte[] Read(string name, int headerLength)
    {
        using var unzipped = new MemoryStream();
        using (var file = new GZipStream(File.OpenRead(Path.Combine(Origin, name)), CompressionMode.Decompress)) file.CopyTo(unzipped);
        byte[] all = unzipped.ToArray();
        int items = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(4)), itemLength = headerLength == 8 ? 1 : Side * Side;
        return all.Length - headerLength == items * itemLength ? all[headerLength..] : throw new InvalidDataException($"'{name}' is damaged.");
    }
}
