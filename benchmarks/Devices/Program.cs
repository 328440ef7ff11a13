// Images/s of exported backbones by batch size on a device, in single and half precision, and how far the outputs are from the CPU's in single precision.
//   dotnet run -c Release --project benchmarks/Devices -- [cpu|cuda:N] [LARGEST-BATCH] [BACKBONE...]
// Each batch runs for about 2 seconds after two runs that load and allocate; pixels go in from, and features come back to, the computer's memory. Prints a Markdown table.
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

const int Size = 224;
ComputeDevice device = ComputeDevice.Parse(args.Length > 0 ? args[0] : "cpu");
int largest = args.Length > 1 ? int.Parse(args[1]) : 256;
string[] names = args.Length > 2 ? args[2..] : ["resnet18_mlnet", "resnet50"];
int[] batches = [.. Enumerable.Range(0, 9).Select(i => 1 << i).Where(batch => batch <= largest)];
string onnx = Path.Combine(Path.GetTempPath(), $"devices-{Environment.ProcessId}.onnx");

Console.WriteLine($"{device}, {Environment.ProcessorCount} cores.\n");
Console.WriteLine($"| backbone | precision | {string.Join(" | ", batches.Select(batch => $"batch {batch}"))} | largest difference from the CPU's, part of the largest feature |");
Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---:|", batches.Length + 1))}");
foreach (string name in names)
{
    using Backbone backbone = BackboneRegistry.Create(name, InitialWeights.Fresh);
    using var reference = new InferenceSession(Export(backbone, half: false));
    foreach (bool half in new[] { false, true })
    {
        using InferenceSession session = DeviceSession.Open(Export(backbone, half), new FeaturizeImagesOptions { Device = device }, CudaProbe.ThisMachine).Session;
        IEnumerable<string> speeds = batches.Select(batch => ImagesPerSecond(session, batch).ToString("F1", CultureInfo.InvariantCulture));
        Console.WriteLine($"| {name} | {(half ? "float16" : "float32")} | {string.Join(" | ", speeds)} | {Difference(session, reference).ToString("E1", CultureInfo.InvariantCulture)} |");
    }
}

File.Delete(onnx);

byte[] Export(Backbone backbone, bool half)
{
    OnnxExporter.Export(backbone, onnx, new OnnxExportOptions { ImageSize = Size, Precision = half ? OnnxPrecision.Half : OnnxPrecision.Float32 });
    return File.ReadAllBytes(onnx);
}

static double ImagesPerSecond(InferenceSession session, int batch)
{
    byte[] pixels = Pixels(batch);
    Run(session, pixels, batch);
    Run(session, pixels, batch);
    var clock = Stopwatch.StartNew();
    int runs = 0;
    do
    {
        Run(session, pixels, batch);
        runs++;
    }
    while (clock.Elapsed < TimeSpan.FromSeconds(2));
    return runs * batch / clock.Elapsed.TotalSeconds;
}

static float Difference(InferenceSession session, InferenceSession reference)
{
    const int Batch = 4;
    float[] expected = Run(reference, Pixels(Batch), Batch), actual = Run(session, Pixels(Batch), Batch);
    return expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max() / expected.Max(Math.Abs);
}

static byte[] Pixels(int batch)
{
    byte[] pixels = new byte[batch * Size * Size * 3];
    new Random(1).NextBytes(pixels);
    return pixels;
}

static float[] Run(InferenceSession session, byte[] pixels, int batch)
{
    using RunOptions options = new();
    using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, Size, Size, 3]);
    using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["pixels"], [input], ["features"]);
    return outputs[0].GetTensorDataAsSpan<float>().ToArray();
}
