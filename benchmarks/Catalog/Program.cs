// The table of the catalog: parameters, multiply-accumulates, the most accurate public weights, and how fast ONNX Runtime runs each network here in single precision
// and in 8-bit integers.
//   dotnet run -c Release --project benchmarks/Catalog -- [docs/catalog.md]
// With a file: replaces what stands between its catalog markers. Each network gets batches of 8 pictures of its size for about 2 seconds.
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

const string Start = "<!-- catalog -->", End = "<!-- /catalog -->";
const int Size = 224;
BenchmarkOptions options = new() { Precisions = [OnnxPrecision.Float32, OnnxPrecision.Int8], BatchSizes = [8], Featurizing = new FeaturizeImagesOptions { Device = ComputeDevice.Cpu } };
Console.WriteLine($"{Processor.Description}, {Environment.ProcessorCount} cores.\n");

List<string> lines = ["| model | parameters | MACs | features | top-1 of the best public weights | float32, images/s | int8, images/s | times as fast |", "|---|---:|---:|---:|---|---:|---:|---:|"];
foreach (BackboneSpec spec in BackboneRegistry.All)
{
    double[] speeds = [.. BackboneBenchmark.Run([spec.Name], options).Select(row => row.Speed.NetworkImagesPerSecond)];
    BackboneCost cost = BackboneCost.Of(spec, Size);
    lines.Add(string.Create(CultureInfo.InvariantCulture,
        $"| {spec.Name} | {cost.Parameters / 1e6:F1} M | {cost.MultiplyAccumulates / 1e9:F2} G | {spec.FeatureWidth} | {BestWeights(spec)} | {speeds[0]:F1} | {speeds[1]:F1} | {speeds[1] / speeds[0]:F2} |"));
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
