// Whether featurizing keeps its memory over many images: resident memory every 1000 of them, and the peak.
//   dotnet run -c Release --project benchmarks/Memory -- FOLDER [IMAGES]
// The folder's photos again and again, 10,000 in all. Prints a Markdown table.
//   dotnet run -c Release --project benchmarks/Memory -- --train FOLDER SIZE BATCH EVERY
// The same of training, an epoch of it: a row for every EVERY steps.
//   dotnet run -c Release --project benchmarks/Memory -- --stages FOLDER SIZE BATCH EPOCHS
// The stages of a whole training of everything; 0 epochs try learning rates.
using System.Diagnostics;
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

if (args is ["--train", var set, .. var sizes])
{
    TrainingMemory.Write(set, int.Parse(sizes[0]), int.Parse(sizes[1]), int.Parse(sizes[2]));
    return;
}

if (args is ["--stages", var data, .. var numbers])
{
    StageMemory.Write(data, int.Parse(numbers[0]), int.Parse(numbers[1]), int.Parse(numbers[2]));
    return;
}

const int Step = 1000;
string[] photos = [.. Directory.EnumerateFiles(args[0], "*.jp*g", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
int images = args.Length > 1 ? int.Parse(args[1]) : 10_000;
string onnx = Path.Combine(Path.GetTempPath(), $"memory-{Environment.ProcessId}.onnx");
if (args is not [.., "--featurize"])
{
    // A process of its own for the export: TorchSharp's memory is not what is measured.
    using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);
    using Process process = Process.Start(Environment.ProcessPath!, [args[0], $"{images}", onnx, "--featurize"]);
    process.WaitForExit();
    File.Delete(onnx);
    return;
}

using ImageFeaturizer featurizer = ImageFeaturizer.Open(args[2], new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
Console.WriteLine("| images | resident memory, MB |\n|---:|---:|");
foreach ((int i, _) in featurizer.Featurize(Enumerable.Range(0, images).Select(i => photos[i % photos.Length])).Index())
{
    if ((i + 1) % Step == 0) Console.WriteLine($"| {i + 1} | {Megabytes(process => process.WorkingSet64)} |");
}

Console.WriteLine($"| peak | {Megabytes(process => process.PeakWorkingSet64)} |");

static string Megabytes(Func<Process, long> bytes)
{
    using var process = Process.GetCurrentProcess();
    return (bytes(process) / 1e6).ToString("F0", CultureInfo.InvariantCulture);
}
