using System.IO.Compression;
using System.Text.Json;
using ResNetMLNet.Backbones;
using static TorchSharp.torch;

namespace Backbones.Tests.Reference;

/// <summary>What PyTorch gives; see ORIGIN.md.</summary>
internal static class ReferenceModels
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Reference");

    public static IReadOnlyDictionary<string, Model> Models { get; } = Read<Model>(
        new GZipStream(Open("models.json.gz"), CompressionMode.Decompress));

    public static IReadOnlyDictionary<string, Dictionary<string, Forward>> Forwards { get; } =
        new[] { "forward.json", "forward_more.json", "forward_own.json" }.SelectMany(file => Read<Dictionary<string, Forward>>(Open(file)))
            .ToDictionary();

    public static IReadOnlyDictionary<string, TrainStep> TrainSteps { get; } = Read<TrainStep>(Open("train_step.json"));

    /// <summary>The names that both the registry and the reference have.</summary>
    public static IEnumerable<string> Common => BackboneRegistry.All.Select(spec => spec.Name).Where(Models.ContainsKey);

    /// <summary>
    /// 1e-4 of the largest value: PyTorch's own float32 results differ from its float64 ones by up to about 1e-6 of it, and
    /// another version's convolutions may add in another order; a wrong stride, padding or weight is off by 1e-2 and more.
    /// </summary>
    public static void AssertRows(Row[] expected, Tensor actual)
    {
        float[][] rows = [.. actual.unbind(0).Select(row => row.data<float>().ToArray())];
        Assert.HasCount(expected.Length, rows);
        foreach ((Row row, float[] values) in expected.Zip(rows))
        {
            double tolerance = 1e-4 * values.Max(Math.Abs);
            for (int i = 0; i < row.First16.Length; i++) Assert.AreEqual(row.First16[i], values[i], tolerance, $"value {i}");
            Assert.AreEqual(row.L2, Math.Sqrt(values.Sum(value => (double)value * value)), tolerance, "L2 norm");
            if (row.Argmax is int argmax) Assert.AreEqual(argmax, Array.IndexOf(values, values.Max()), "largest logit");
        }
    }

    private static Dictionary<string, T> Read<T>(Stream stream)
    {
        using (stream) return JsonSerializer.Deserialize<Dictionary<string, T>>(stream, SnakeCase)!;
    }

    private static FileStream Open(string file) => File.OpenRead(Path.Combine(Folder, file));

    public sealed record Model(long Params, int NumFeatures, long Macs224, JsonElement[][] State)
    {
        /// <summary>Name and shape, in a form that compares: <c>conv1.weight [64, 3, 7, 7]</c>.</summary>
        public IEnumerable<string> Entries => State.Select(entry =>
            $"{entry[0].GetString()} [{string.Join(", ", entry[1].EnumerateArray().Select(dimension => dimension.GetInt64()))}]");
    }

    public sealed record Forward(int[][] StageShapes, Row[] Features, Row[] Logits);

    public sealed record Row(double[] First16, double L2, double? Sum, int? Argmax);

    public sealed record TrainStep(double Loss, string FirstConv, double FirstConvGradL2, double FcGradL2, double TotalGradL2);
}
