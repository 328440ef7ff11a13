using Microsoft.ML.OnnxRuntime;
using Onnx;
using ResNetMLNet.MLNetPipelines;

namespace Trainer.Tests.Quantizing;

/// <summary>Each family in integers: near to what it was, and with integer operators only where ONNX Runtime has them.</summary>
[TestClass]
public sealed class QuantizedFamilyTests
{
    private readonly TemporaryFolder folder = new();

    public static IEnumerable<string> Families => SmallNetworks.Families.Keys;

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Every_convolution_computes_in_integers(string family)
    {
        string before = SmallNetworks.Export(family, folder["float.onnx"]), after = folder["int8.onnx"];
        QuantizationReport report = BackboneQuantizer.Quantize(
            before, CalibrationImages.FromFolder(SmallNetworks.WritePictures(folder["images"], 48)), after,
            new QuantizationOptions { Rewrites = ExactRewrites.Never, MinCosine = 0.97 });

        Assert.IsGreaterThan(0.99, report.Cosine, $"{report.SignalToNoise} dB");
        Assert.IsEmpty(report.FloatLayers);
        ModelProto optimized = Optimized(after);
        Dictionary<string, int> operators = optimized.Graph.Node.CountBy(node => node.OpType).ToDictionary();
        Assert.AreEqual(
            SmallNetworks.Read(before).Graph.Node.Count(node => node.OpType == "Conv"), operators["QLinearConv"]);

        // From pixels to the first convolution, and from the last map to the features; between both what softmax attention leaves.
        int softmaxes = operators.GetValueOrDefault("Softmax");
        Assert.AreEqual(family is "resnest" or "sk" ? 4 : 0, softmaxes);
        foreach (string once in new[] { "Cast", "Sub", "Mul", "Transpose", "GlobalAveragePool", "Flatten" })
            Assert.AreEqual(1, operators[once], once);
        Assert.AreEqual(1 + 2 * softmaxes, operators["QuantizeLinear"]);
        string[] integer = ["QLinearConv", "QLinearAdd", "QLinearMul", "QLinearConcat", "QLinearSigmoid", "QLinearAveragePool",
            "QLinearGlobalAveragePool", "MaxPool", "Split", "Concat", "Softmax", "Cast", "Sub", "Mul", "Transpose", "GlobalAveragePool",
            "Flatten", "QuantizeLinear", "DequantizeLinear"];
        Assert.IsEmpty(operators.Keys.Except(integer));
    }

    private ModelProto Optimized(string path)
    {
        using (var options = new SessionOptions
        {
            OptimizedModelFilePath = folder["optimized.onnx"],
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        })
        {
            if (!Processor.HasIntegerDotProducts) options.AddSessionConfigEntry("session.x64quantprecision", "1");
            using var session = new InferenceSession(path, options);
        }

        return SmallNetworks.Read(folder["optimized.onnx"]);
    }
}
