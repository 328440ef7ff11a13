// How many ordinary photos a check reports, and how many spoilt ones it finds.
//   dotnet run -c Release --project benchmarks/DataCheck -- FOLDER...
// Prints four Markdown tables. Each folder has a folder of photos for each class, or train and val above those.
using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string[] kinds =
[
    DataProblem.Odd, DataProblem.Dark, DataProblem.Bright, DataProblem.Blurred, DataProblem.Tiny, DataProblem.OddShape, DataProblem.Similar,
    DataProblem.NearDuplicates, DataProblem.TwoClasses, DataProblem.DoubtfulLabel, DataProblem.Outlier,
];
using ImageFeaturizer featurizer = BackboneTrainer.OpenFeaturizer("resnet18_mlnet");

Console.WriteLine($"| photos as they are | {string.Join(" | ", kinds)} |\n|---|{string.Concat(kinds.Select(_ => "---:|"))}");
foreach (string folder in args)
{
    using var data = ImageDataSet.FromFolder(folder);
    DataCheckReport report = DataCheck.Run(data, featurizer);
    ILookup<string, DataFinding> found = report.Findings.Where(finding => finding.Path is not null).ToLookup(finding => finding.Kind);
    Console.WriteLine($"| {Name(folder)} ({report.Images}) | {string.Join(" | ", kinds.Select(kind => Part(found[kind].Count(), report.Images)))} |");
}

double[] sigmas = [1, 1.5, 2];
// The variance of the Laplacian reports as many photos of the first folder as they are as the sharpness does.
double? variance = null;
Console.WriteLine($"\n| blurred photos found by | as they are | {string.Join(" | ", sigmas.Select(sigma => $"sigma {sigma}"))} |");
Console.WriteLine($"|---|---:|{string.Concat(sigmas.Select(_ => "---:|"))}");
double usual = new DataCheckOptions().Sharpness;
foreach (string folder in args)
{
    (double Sharpness, double Variance)[][] figures = [.. Photos(folder).AsParallel().AsOrdered().Select(Blurring)];
    double[] clean = [.. figures.Select(photo => photo[0].Variance).Order()];
    variance ??= clean[figures.Count(photo => photo[0].Sharpness < usual)];
    foreach (double threshold in new[] { 1, usual, 2 })
        Row($"sharpness below {threshold}", figure => figure.Sharpness < threshold);
    Row($"variance of the Laplacian below {variance:F0}", figure => figure.Variance < variance);

    void Row(string by, Func<(double Sharpness, double Variance), bool> isBlurred)
    {
        IEnumerable<string> parts = Enumerable.Range(0, sigmas.Length + 1)
            .Select(i => Part(figures.Count(photo => isBlurred(photo[i])), figures.Length));
        Console.WriteLine($"| {Name(folder)}: {by} | {string.Join(" | ", parts)} |");
    }
}

(string Name, string Kind, Func<SKBitmap, SKBitmap> Spoil)[] harms =
[
    ("a fifth as bright", DataProblem.Dark, photo => Paint(photo, photo.Width, photo.Height, 0.2f, 0)),
    ("a third as bright", DataProblem.Dark, photo => Paint(photo, photo.Width, photo.Height, 1 / 3f, 0)),
    ("0.95 + 0.05 x", DataProblem.Bright, photo => Paint(photo, photo.Width, photo.Height, 0.05f, 0.95f)),
];
var options = new DataCheckOptions();
Console.WriteLine($"\n| spoilt photos found | {string.Join(" | ", args.Select(Name))} |\n|---|{string.Concat(args.Select(_ => "---:|"))}");
foreach ((string name, string kind, Func<SKBitmap, SKBitmap> spoil) in harms)
{
    Console.WriteLine($"| {kind}: {name} | {string.Join(" | ", args.Select(folder =>
    {
        bool[] found = [.. Photos(folder).AsParallel().Select(path => Found(path, kind, spoil))];
        return Part(found.Count(yes => yes), found.Length);
    }))} |");
}

Console.WriteLine("\n| images compared, 512 features each | seconds |\n|---:|---:|");
foreach (int count in new[] { 5_000, 20_000 })
{
    var random = new Random(1);
    float[][] features = [.. Enumerable.Range(0, count)
        .Select(_ => Enumerable.Range(0, 512).Select(_ => (random.NextSingle() - 0.5f) / 6.5f).ToArray())];
    var clock = System.Diagnostics.Stopwatch.StartNew();
    Neighbours.Of(features, options.Similarity, progress: null, CancellationToken.None);
    Console.WriteLine($"| {count} | {clock.Elapsed.TotalSeconds:F1} |");
}

bool Found(string path, string kind, Func<SKBitmap, SKBitmap> spoil)
{
    using SKBitmap photo = SKBitmap.Decode(path), spoilt = spoil(photo);
    string file = Path.GetTempFileName();
    try
    {
        using (SKData png = spoilt.Encode(SKEncodedImageFormat.Jpeg, 90)) File.WriteAllBytes(file, png.ToArray());
        using DecodedImage image = ImageDecoder.DecodeFile(file, 100_000_000, double.PositiveInfinity);
        var statistics = ImageStatistics.Of(image);
        return kind == DataProblem.Dark ? statistics.HighBrightness < options.Dark : statistics.LowBrightness > options.Bright;
    }
    finally
    {
        File.Delete(file);
    }
}

(double Sharpness, double Variance)[] Blurring(string path)
{
    using DecodedImage image = ImageDecoder.DecodeFile(path, 100_000_000, double.PositiveInfinity);
    (float[] gray, int width, int height) = ImageSharpness.Gray(image);
    return [.. sigmas.Prepend(0).Select(sigma => sigma == 0 ? gray : Blur(gray, width, height, sigma))
        .Select(blurred => (ImageSharpness.Of(blurred, width, height), Variance(blurred, width, height)))];
}

static string[] Photos(string folder) => [.. ImageFolder.Files(folder).Where(path => !path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase))];

static string Name(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

static string Part(int count, int of) => $"{100.0 * count / of:F1} %";

static SKBitmap Paint(SKBitmap photo, int width, int height, float factor, float white)
{
    var painted = new SKBitmap(width, height);
    using var canvas = new SKCanvas(painted);
    using var paint = new SKPaint
    {
        ColorFilter = SKColorFilter.CreateColorMatrix(
            [factor, 0, 0, 0, white, 0, factor, 0, 0, white, 0, 0, factor, 0, white, 0, 0, 0, 1, 0]),
    };
    canvas.DrawBitmap(photo, canvas.DeviceClipBounds, paint);
    return painted;
}

// A Gaussian at the size that sharpness is measured at, rounded to whole levels as a camera would.
static float[] Blur(float[] gray, int width, int height, double sigma)
{
    int reach = (int)Math.Ceiling(3 * sigma);
    double[] weights = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(i => Math.Exp(-i * i / (2 * sigma * sigma)))];
    float[] across = Pass(gray, (x, y, i) => (y * width) + Math.Clamp(x + i, 0, width - 1));
    return [.. Pass(across, (x, y, i) => (Math.Clamp(y + i, 0, height - 1) * width) + x).Select(value => MathF.Round(value))];

    float[] Pass(float[] from, Func<int, int, int, int> at)
    {
        float[] to = new float[from.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double sum = 0, total = 0;
                for (int i = -reach; i <= reach; i++)
                {
                    sum += weights[i + reach] * from[at(x, y, i)];
                    total += weights[i + reach];
                }
                to[(y * width) + x] = (float)(sum / total);
            }
        }
        return to;
    }
}

// Pech-Pacheco et al. 2000.
static double Variance(float[] gray, int width, int height)
{
    double sum = 0, squares = 0;
    int count = 0;
    for (int y = 1; y < height - 1; y++)
    {
        for (int x = 1; x < width - 1; x++, count++)
        {
            int at = (y * width) + x;
            double laplacian = gray[at - 1] + gray[at + 1] + gray[at - width] + gray[at + width] - (4 * gray[at]);
            sum += laplacian;
            squares += laplacian * laplacian;
        }
    }
    return (squares / count) - (sum / count * (sum / count));
}
