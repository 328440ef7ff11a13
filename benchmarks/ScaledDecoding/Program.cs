// How much features change when JPEG photos are decoded at a part of their size, and what that saves.
//   dotnet run -c Release --project benchmarks/ScaledDecoding -- FOLDER [IMAGE-SIZE]
// With fewer pixels than the usual 224, photos of ordinary size stand for large ones: what counts is their ratio. Prints a Markdown table.
using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

string[] photos = [.. Directory.EnumerateFiles(args[0], "*.jp*g", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
int size = args.Length > 1 ? int.Parse(args[1]) : 224;
string onnx = Path.Combine(Path.GetTempPath(), $"scaled-decoding-{Environment.ProcessId}.onnx");
using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx, new OnnxExportOptions { ImageSize = size });

(float[][] whole, double wholeSpeed) = Features(null);
double nearest = whole.Average(one => whole.Where(other => other != one).Min(other => Distance(one, other)));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{photos.Length} photos, {size} pixels, {wholeSpeed:F1} photos/s decoded whole; from a photo to the one most like it the cosine distance is {nearest:F3} on average.\n"));
Console.WriteLine("| margin | photos that change | cosine distance, mean / largest | relative error, mean / largest | photos/s |\n|---:|---:|---:|---:|---:|");
foreach (double margin in new[] { 1, 1.25, 1.5, 2, 2.5, 3, 4, 5 })
{
    (float[][] scaled, double speed) = Features(margin);
    (float[] One, float[] Other)[] changed = [.. whole.Zip(scaled).Where(pair => !pair.First.SequenceEqual(pair.Second))];
    if (changed.Length == 0) break;
    double[] distances = [.. changed.Select(pair => Distance(pair.One, pair.Other))];
    double[] errors = [.. changed.Select(pair => (double)TensorPrimitives.Distance<float>(pair.One, pair.Other) / TensorPrimitives.Norm<float>(pair.One))];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {margin} | {changed.Length} | {distances.Average():F5} / {distances.Max():F5} | {errors.Average():F3} / {errors.Max():F3} | {speed:F1} |"));
}

File.Delete(onnx);

(float[][] Features, double PhotosPerSecond) Features(double? margin)
{
    using ImageFeaturizer featurizer = ImageFeaturizer.Open(onnx, new FeaturizeImagesOptions { ScaledDecoding = margin, Device = ComputeDevice.Cpu });
    _ = featurizer.Featurize(photos.Take(4)).ToList(); // the first allocates
    var clock = Stopwatch.StartNew();
    float[][] features = [.. featurizer.Featurize(photos).Where(image => image.Features is not null).Select(image => image.Features!)];
    return (features, features.Length / clock.Elapsed.TotalSeconds);
}

static double Distance(float[] one, float[] other) => 1 - TensorPrimitives.CosineSimilarity<float>(one, other);
