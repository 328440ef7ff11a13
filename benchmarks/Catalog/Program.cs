// The README's table of the catalog: parameters, multiply-accumulates, the most accurate public weights, and how fast ONNX Runtime runs each network here.
//   dotnet run -c Release --project benchmarks/Catalog -- [README.md]
// With a file: replaces what stands between its catalog markers. Each network gets batches of 8 pictures of its size for about 2 seconds.
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;

const string Start = "<!-- catalog -->", End = "<!-- /catalog -->";
const int Batch = 8, Size = 224;

List<string> lines = ["| model | parameters | MACs | features | top-1 of the best public weights | images/s |", "|---|---:|---:|---:|---|---:|"];
foreach (BackboneSpec spec in BackboneRegistry.All)
{
    BackboneCost cost = BackboneCost.Of(spec, Size);
    lines.Add(string.Create(CultureInfo.InvariantCulture,
        $"| {spec.Name} | {cost.Parameters / 1e6:F1} M | {cost.MultiplyAccumulates / 1e9:F2} G | {spec.FeatureWidth} | {BestWeights(spec)} | {ImagesPerSecond(spec):F1} |"));
    Console.WriteLine(lines[^1]);
}

if (args is [string readme])
{
    string text = File.ReadAllText(readme);
    int start = text.IndexOf(Start, StringComparison.Ordinal) + Start.Length, end = text.IndexOf(End, StringComparison.Ordinal);
    File.WriteAllText(readme, $"{text[..start]}\n{string.Join('\n', lines)}\n{text[end..]}");
}

static string BestWeights(BackboneSpec spec) =>
    PretrainedWeights.For(spec) is [PretrainedWeights best, ..]
        ? string.Create(CultureInfo.InvariantCulture, $"{best.Top1:F1} ({best.Tag}, {best.EvaluationSize} px)")
        : PackagedWeights.Origin(spec) is null ? "" : "from a NuGet package";

static double ImagesPerSecond(BackboneSpec spec)
{
    string path = Path.Combine(Path.GetTempPath(), $"catalog-{Environment.ProcessId}.onnx");
    using (var backbone = new Backbone(spec)) OnnxExporter.Export(backbone, path, new OnnxExportOptions { ImageSize = Size });
    using var session = new InferenceSession(path);
    File.Delete(path);

    byte[] pixels = new byte[Batch * Size * Size * 3];
    new Random(1).NextBytes(pixels);
    using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [Batch, Size, Size, 3]);
    using var options = new RunOptions();
    Run(); // the first allocates
    var clock = Stopwatch.StartNew();
    int batches = 0;
    do
    {
        Run();
        batches++;
    }
    while (clock.Elapsed < TimeSpan.FromSeconds(2));
    return Batch * batches / clock.Elapsed.TotalSeconds;

    void Run() => session.Run(options, ["pixels"], [input], session.OutputNames).Dispose();
}
