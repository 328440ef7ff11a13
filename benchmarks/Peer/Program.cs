// FeaturizeImages against what ML.NET has for the same: LoadImages, ResizeImages, ExtractPixels, DnnFeaturizeImage, with the same weights.
//   dotnet run -c Release --project benchmarks/Peer -- FOLDER...
// A folder has a folder of photos for each class, or such folders in train/ and val/. Prints Markdown tables. Every timing is a process of its own, which is
// how its peak memory is known; the processes take turns, three rounds, and the fastest counts.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Peer;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

const int Rounds = 3;
if (args is ["--measure", var measured, var photos, var backboneFile])
{
    Console.WriteLine(JsonSerializer.Serialize(Measurement.Of(measured, photos, backboneFile)));
    return;
}

string onnx = Path.Combine(Path.GetTempPath(), $"peer-{Environment.ProcessId}.onnx");
using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);

// Single precision exported, and 8-bit integers calibrated on the first folder's photos.
string int8 = Path.ChangeExtension(onnx, "int8.onnx");
BackboneQuantizer.Quantize(onnx, CalibrationImages.FromFolder(args[0]), int8);

Console.WriteLine($"{Processor.Description}, {Environment.ProcessorCount} cores, best of {Rounds} rounds.\n");
Console.WriteLine("| photos | FeaturizeImages, images/s | ML.NET's own, images/s | times as fast | int8, images/s | times as fast | decoding alone | network alone | one after the other | part of it | int8 network | peak memory, MB | int8 | ML.NET's own |");
Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
foreach (string folder in args)
{
    Dictionary<string, List<Measurement>> all = Measurement.Sides.ToDictionary(side => side, _ => new List<Measurement>());
    for (int round = 0; round < Rounds; round++)
    {
        foreach (string side in Measurement.Sides) all[side].Add(Run(side, folder));
    }

    Dictionary<string, double> speed = all.ToDictionary(entry => entry.Key, entry => entry.Value.Max(m => m.ImagesPerSecond));
    (double ours, double peer, double decoding, double network) = (speed["ours"], speed["peer"], speed["decoding"], speed["network"]);
    double bound = 1 / (1 / decoding + 1 / network);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {Name(folder)} | {ours:F1} | {peer:F1} | {ours / peer:F2} | {speed["int8"]:F1} | {speed["int8"] / peer:F2} | {decoding:F1} | {network:F1} | {bound:F1} | {ours / bound:F2} | {speed["int8 network"]:F1} | {all["ours"].Max(m => m.PeakMegabytes):F0} | {all["int8"].Max(m => m.PeakMegabytes):F0} | {all["peer"].Max(m => m.PeakMegabytes):F0} |"));
}

Console.WriteLine("\n| photos | accuracy with FeaturizeImages | int8 | with ML.NET's own | log-loss | int8 | ML.NET's own |\n|---|---:|---:|---:|---:|---:|---:|");
foreach (string folder in args)
{
    ClassificationReport[] ours = Reports(folder, Featurizers.Ours(onnx)), integers = Reports(folder, Featurizers.Ours(int8)), peer = Reports(folder, Featurizers.OfMLNet());
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {Name(folder)} | {ours.Average(r => r.Accuracy):F4} | {integers.Average(r => r.Accuracy):F4} | {peer.Average(r => r.Accuracy):F4} | {ours.Average(r => r.LogLoss):F3} | {integers.Average(r => r.LogLoss):F3} | {peer.Average(r => r.LogLoss):F3} |"));
}

File.Delete(onnx);
File.Delete(int8);

Measurement Run(string side, string folder)
{
    using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["--measure", side, folder, side.StartsWith("int8", StringComparison.Ordinal) ? int8 : onnx]) { RedirectStandardOutput = true })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return JsonSerializer.Deserialize<Measurement>(output) ?? throw new InvalidOperationException($"Measuring '{side}' on '{folder}' failed.");
}

// The same classifier on either's features: the means of five splits, or the folders' own split.
static ClassificationReport[] Reports(string folder, Func<IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledFeatures>> featurize)
{
    string validation = Path.Combine(folder, "val");
    if (Directory.Exists(validation)) return [Report(featurize(ImageFolder.List(Path.Combine(folder, "train"))), featurize(ImageFolder.List(validation)))];
    IReadOnlyList<LabeledFeatures> images = featurize(ImageFolder.List(folder));
    return [.. Enumerable.Range(1, 5).Select(seed => StratifiedSplit.Of(images, image => image.Label, 0.2, seed)).Select(split => Report(split.Train, split.Validation))];
}

static ClassificationReport Report(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
{
    var mlContext = new MLContext(seed: 1);
    return ClassificationReport.Of(mlContext, ClassificationHead.Fit(mlContext, train), validation);
}

static string Name(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
