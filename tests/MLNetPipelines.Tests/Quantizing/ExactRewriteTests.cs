using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ResNetMLNet.MLNetPipelines.Tests.Quantizing;

/// <summary>The other forms of convolutions compute the same, up to the rounding of sums in another order.</summary>
[TestClass]
public sealed class ExactRewriteTests
{
    private const int Side = 8;

    private readonly Random random = new(1);

    [TestMethod]
    [DataRow(true, 2)]
    [DataRow(false, 1)]
    public void Grouped_convolutions_as_dense_ones_compute_the_same(bool relu, int stride)
    {
        OnnxGraph graph = Graph();
        string y = Convolution(graph, "before", "x", 64, 3);
        y = Convolution(graph, "grouped", y, 128, 64, kernel: 3, groups: 32, stride);
        if (relu) y = graph.Node("Relu", "relu", [y]);
        ModelProto model = Finish(graph, Convolution(graph, "after", y, 8, 128), 8);

        AssertSame(model, "grouped: 2 convolutions of 32 channels in place of 32 groups", before: 1, after: 2);
    }

    [TestMethod]
    public void Padded_pieces_compute_the_same()
    {
        OnnxGraph graph = Graph();
        string y = graph.Node("Relu", "r0", [Convolution(graph, "conv1", "x", 3 * 26, 3)]);
        graph.Node("Split", ["a", "b", "c"], [y], OnnxGraph.Attribute("axis", 1));
        string first = graph.Node("Relu", "r1", [Convolution(graph, "convs.0", "a", 26, 26, kernel: 3)]);
        string sum = graph.Node("Add", "sum", [first, "b"]);
        string second = graph.Node("Relu", "r2", [Convolution(graph, "convs.1", sum, 26, 26, kernel: 3)]);
        string pooled = graph.Node("AveragePool", "pooled", ["c"], OnnxGraph.Attribute("kernel_shape", [3, 3]),
            OnnxGraph.Attribute("strides", [1, 1]), OnnxGraph.Attribute("pads", [1, 1, 1, 1]));
        string joined = graph.Node("Concat", "joined", [first, second, pooled], OnnxGraph.Attribute("axis", 1));
        ModelProto model = Finish(graph, Convolution(graph, "conv3", joined, 8, 3 * 26), 8);

        ModelProto rewritten = AssertSame(model, "conv1: pieces of 26 channels padded to 32", before: 4, after: 4);
        CollectionAssert.AreEqual(new long[] { 32, 32, 3, 3 },
            rewritten.Graph.Initializer.Single(constant => constant.Name == "convs.1.weight").Dims);
    }

    [TestMethod]
    public void Pieces_that_something_else_reads_stay()
    {
        OnnxGraph graph = Graph();
        graph.Node("Split", ["a", "b"], [Convolution(graph, "conv1", "x", 52, 3)], OnnxGraph.Attribute("axis", 1));
        string sum = graph.Node("Sigmoid", "s", ["b"]);
        string joined = graph.Node("Concat", "joined", ["a", sum], OnnxGraph.Attribute("axis", 1));
        ModelProto model = Finish(graph, Convolution(graph, "conv3", joined, 8, 52), 8);
        Assert.IsEmpty(NetworkRewriter.Apply(model, ExactRewrites.Always, null, default).Notes);
    }

    [TestMethod]
    public void A_trial_takes_a_form_that_is_faster_or_none()
    {
        OnnxGraph graph = Graph();
        string y = Convolution(graph, "grouped", Convolution(graph, "before", "x", 64, 3), 64, 64, kernel: 3, groups: 16);
        ModelProto model = Finish(graph, Convolution(graph, "after", y, 8, 64), 8);
        (ModelProto rewritten, IReadOnlyList<string> notes) = NetworkRewriter.Apply(model, ExactRewrites.Auto, null, default);
        if (notes.Count > 0) StringAssert.EndsWith(notes.Single(), " times as fast here");
        AssertEqual(Run(model), Run(rewritten));
    }

    private static ModelProto AssertSame(ModelProto model, string note, int before, int after)
    {
        (ModelProto rewritten, IReadOnlyList<string> notes) = NetworkRewriter.Apply(model, ExactRewrites.Always, null, default);
        Assert.AreEqual(note, notes.Single());
        OnnxGuard.Check(rewritten, "rewritten");
        Assert.AreEqual(after - before, Convolutions(rewritten) - Convolutions(model));
        AssertEqual(Run(model), Run(rewritten));
        return rewritten;

        static int Convolutions(ModelProto model) => model.Graph.Node.Count(node => node.OpType == "Conv");
    }

    private static void AssertEqual(float[] expected, float[] actual)
    {
        float tolerance = 1e-5f * expected.Max(Math.Abs);
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], tolerance, $"value {i}");
    }

    private static float[] Run(ModelProto model)
    {
        var noise = new Random(2);
        float[] numbers = [.. Enumerable.Range(0, 2 * 3 * Side * Side).Select(_ => noise.NextSingle() - 0.5f)];
        using var session = new InferenceSession(model.ToByteArray());
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(numbers, [2, 3, Side, Side]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static OnnxGraph Graph()
    {
        var graph = new OnnxGraph("net");
        graph.Input("x", DataType.Float, "N", 3, Side, Side);
        return graph;
    }

    private static ModelProto Finish(OnnxGraph graph, string value, int channels)
    {
        graph.Output(graph.Node("GlobalAveragePool", "y", [value]), "N", channels, 1, 1);
        return graph.ToModel([]);
    }

    private string Convolution(
        OnnxGraph graph, string name, string input, int outputs, int inputs, int kernel = 1, int groups = 1, int stride = 1)
    {
        float[] weights = Numbers(outputs * inputs / groups * kernel * kernel);
        string weight = graph.Constant($"{name}.weight", weights, outputs, inputs / groups, kernel, kernel);
        string bias = graph.Constant($"{name}.bias", Numbers(outputs), outputs);
        return graph.Node("Conv", name, [input, weight, bias], OnnxGraph.Attribute("kernel_shape", [kernel, kernel]),
            OnnxGraph.Attribute("strides", [stride, stride]), OnnxGraph.Attribute("pads", [kernel / 2, kernel / 2, kernel / 2, kernel / 2]),
            OnnxGraph.Attribute("group", groups));
    }

    private float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
