using ResNetMLNet.MLNetPipelines;
using SkiaSharp;

/// <summary>
/// Square frames with two photos side by side, and a list of what they show. Each photo of a class is in one frame; one in eight frames has one
/// photo beside a plain colour, and one in sixteen has two colours and none of the labels.
/// </summary>
internal static class Frames
{
    private const int Side = 320;
    private const int WithOnePhoto = 8, WithNone = 16;

    /// <summary>Writes frames and <c>list.csv</c>.</summary>
    /// <param name="folders">Folders with a folder of photos for each label.</param>
    /// <param name="output">Where to.</param>
    /// <param name="seed">Decides which photos are together.</param>
    /// <returns>The list.</returns>
    public static string Make(IEnumerable<string> folders, string output, int seed)
    {
        Directory.CreateDirectory(output);
        var random = new Random(seed);
        LabeledImage[] photos = [.. folders.SelectMany(ImageFolder.List)];
        random.Shuffle(photos);
        var left = new Queue<LabeledImage>(photos);
        List<string> lines = ["path,labels"];
        while (left.Count > 0)
        {
            int kind = random.Next(WithNone);
            LabeledImage?[] halves =
            [
                kind == 0 ? null : left.Dequeue(),
                kind <= WithNone / WithOnePhoto || left.Count == 0 ? null : left.Dequeue(),
            ];
            random.Shuffle(halves);
            string file = $"{lines.Count:0000}.jpg";
            Write(halves, Path.Combine(output, file), random);
            lines.Add($"{file},{string.Join('|', halves.OfType<LabeledImage>().Select(photo => photo.Label).Distinct().Order())}");
        }

        string list = Path.Combine(output, "list.csv");
        File.WriteAllLines(list, lines);
        return list;
    }

    private static void Write(LabeledImage?[] halves, string file, Random random)
    {
        using var frame = new SKBitmap(Side, Side);
        using var canvas = new SKCanvas(frame);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.High };
        foreach ((int i, LabeledImage? half) in halves.Index())
        {
            var target = new SKRect(i * Side / 2, 0, (i + 1) * Side / 2, Side);
            using SKBitmap? photo = half is null ? null : SKBitmap.Decode(half.ImagePath);
            paint.Color = new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
            if (photo is null) canvas.DrawRect(target, paint);
            else canvas.DrawBitmap(photo, Middle(photo), target, paint);
        }

        using SKData jpeg = frame.Encode(SKEncodedImageFormat.Jpeg, 90);
        using FileStream stream = File.Create(file);
        jpeg.SaveTo(stream);
    }

    /// <summary>The largest part of a photo that is half as wide as it is high, in its middle.</summary>
    private static SKRect Middle(SKBitmap photo)
    {
        float height = Math.Min(photo.Height, photo.Width * 2), width = height / 2;
        return SKRect.Create((photo.Width - width) / 2, (photo.Height - height) / 2, width, height);
    }
}
