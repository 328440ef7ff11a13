using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;

namespace Trainer.Tests.Checking;

/// <summary>Photos of flowers in train and val, one of them spoilt in every way that a check looks for.</summary>
internal static class SpoiltPhotos
{
    private const int PerClass = 18;

    private static readonly Lazy<string> folder = new(Write);

    private static readonly Lazy<DataCheckReport> report = new(() =>
    {
        using ImageFeaturizer featurizer = OpenFeaturizer();
        using var data = ImageDataSet.FromFolder(Folder);
        return DataCheck.Run(data, featurizer);
    });

    /// <summary>The folder above train and val; leave it as it is.</summary>
    public static string Folder => folder.Value;

    /// <summary>What a check says of them.</summary>
    public static DataCheckReport Report => report.Value;

    public static ImageFeaturizer OpenFeaturizer() => BackboneTrainer.OpenFeaturizer(
        "resnet18_mlnet", options: new FeaturizeImagesOptions { Cache = new FeatureCacheOptions { Folder = TestCache.Path } });

    /// <summary>The ends of the paths that a kind was found of, in order.</summary>
    public static string[] Found(DataCheckReport report, string kind) =>
    [
        .. report.Findings.Where(finding => finding.Kind == kind && finding.Path is not null).Select(finding => Short(finding.Path!))
            .Order(StringComparer.Ordinal),
    ];

    public static string Short(string path) => Path.GetRelativePath(Folder, path).Replace('\\', '/');

    private static string Write()
    {
        string root = TestCache.Beside("spoilt-photos"), train = Path.Combine(root, "train"), val = Path.Combine(root, "val");
        // One daisy is nearly the same as another.
        string[] daisies = [.. Photos("daisy").Where(photo => !photo.Contains("144099102", StringComparison.Ordinal))], roses = Photos("roses");
        foreach ((string label, string[] photos) in new[] { ("daisy", daisies), ("roses", roses) })
        {
            foreach ((int i, string photo) in photos.Take(PerClass + 5).Index())
                Copy(photo, Path.Combine(i < PerClass ? train : val, label, $"{i:00}.jpg"));
        }

        Copy(Photos("tulips")[0], Path.Combine(train, "tulips", "single.jpg"));
        string daisy = Path.Combine(train, "daisy"), source = daisies[PerClass + 6];
        Draw(source, Path.Combine(daisy, "dark.png"), paint: Levels(0.2f, 0));
        Draw(source, Path.Combine(daisy, "bright.png"), paint: Levels(0.1f, 0.95f));
        Draw(daisies[PerClass + 7], Path.Combine(daisy, "blurred.png"), paint: new SKPaint { ImageFilter = SKImageFilter.CreateBlur(3, 3) });
        Draw(daisies[PerClass + 8], Path.Combine(daisy, "tiny.png"), width: 24, height: 24);
        Draw(daisies[PerClass + 9], Path.Combine(daisy, "wide.png"), width: 400, height: 100);
        Draw(source, Path.Combine(daisy, "white.png"), paint: Levels(0, 1));
        Page(Path.Combine(root, "page.png"));
        File.WriteAllBytes(Path.Combine(daisy, "broken.jpg"), File.ReadAllBytes(daisies[0])[..2000]);
        Copy(daisies[1], Path.Combine(daisy, "copy.jpg"));
        Recompress(daisies[2], Path.Combine(daisy, "near.jpg"));
        Recompress(daisies[PerClass], Path.Combine(daisy, "leak.jpg"));
        Recompress(daisies[3], Path.Combine(train, "roses", "contradiction.jpg"));
        Copy(roses[PerClass + 6], Path.Combine(daisy, "mislabelled.jpg"));
        return root;
    }

    private static string[] Photos(string label) =>
        [.. Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, label)).Order(StringComparer.Ordinal)];

    private static void Copy(string photo, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(photo, to);
    }

    private static void Recompress(string photo, string to) => File.WriteAllBytes(to, ImageThumbnail.Jpeg(photo, 300));

    /// <summary>Every value times a factor, plus a part of white.</summary>
    private static SKPaint Levels(float factor, float white) => new()
    {
        ColorFilter = SKColorFilter.CreateColorMatrix(
            [factor, 0, 0, 0, white, 0, factor, 0, 0, white, 0, 0, factor, 0, white, 0, 0, 0, 1, 0]),
    };

    private static void Draw(string photo, string to, int width = 0, int height = 0, SKPaint? paint = null)
    {
        using SKBitmap bitmap = SKBitmap.Decode(photo);
        Save(to, width == 0 ? bitmap.Width : width, height == 0 ? bitmap.Height : height, canvas =>
            canvas.DrawBitmap(bitmap, canvas.DeviceClipBounds, paint));
        paint?.Dispose();
    }

    /// <summary>Lines of words, as a scanned page has them.</summary>
    private static void Page(string to) => Save(to, 300, 300, canvas =>
    {
        canvas.Clear(SKColors.White);
        using var ink = new SKPaint { Color = SKColors.Black };
        var random = new Random(1);
        for (int y = 10; y < 290; y += 12)
        {
            for (int x = 10, width; x < 280; x += width + 5)
            {
                width = random.Next(8, 30);
                canvas.DrawRect(x, y, width, 6, ink);
            }
        }
    });

    private static void Save(string to, int width, int height, Action<SKCanvas> draw)
    {
        using var bitmap = new SKBitmap(width, height);
        using (var canvas = new SKCanvas(bitmap)) draw(canvas);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(to, png.ToArray());
    }
}
