using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Backbones.Tests;

/// <summary>What no network of the catalog has, and one of a user's may have.</summary>
[TestClass]
public sealed class OnnxOperatorsTests
{
    private static readonly LayerFactory Make = new(CPU);

    [TestMethod]
    public void A_convolution_without_norm_that_two_nodes_read_is_written_once()
    {
        using var layer = new ReadTwice();
        Assert.AreEqual("Conv MaxPool Sigmoid Add", Operators(AssertSame(layer)));
    }

    [TestMethod]
    public void A_batch_norm_that_follows_no_convolution_is_a_node()
    {
        using var layer = new NormOfSum();
        Assert.AreEqual("Conv Add BatchNormalization", Operators(AssertSame(layer)));
    }

    [TestMethod]
    public void A_convolution_that_is_read_with_and_without_its_norm_is_written_for_both()
    {
        using var layer = new NormAndRaw();
        Assert.AreEqual("Conv Conv Add", Operators(AssertSame(layer)));
    }

    [TestMethod]
    public void A_graph_refuses_a_second_value_of_the_same_name()
    {
        var graph = new OnnxGraph("net");
        graph.Input("x", DataType.Float, "N", 3);
        graph.Node("Relu", "y", ["x"]);
        string expected = "The graph 'net' has a value 'y' already.";
        Assert.AreEqual(expected, Assert.ThrowsExactly<InvalidOperationException>(() => graph.Node("Relu", "y", ["x"])).Message);
        Assert.AreEqual(expected, Assert.ThrowsExactly<InvalidOperationException>(() => graph.Constant("y", 1L)).Message);
    }

    /// <summary>Runs a layer in ONNX Runtime and in torch.</summary>
    private static Onnx.ModelProto AssertSame(Layer layer)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using var noGradients = no_grad();
        layer.eval();
        var graph = new OnnxGraph("net");
        var operators = new OnnxOperators(graph, layer);
        OnnxValue x = new(graph.Input("x", DataType.Float, "N", 3, 8, 8), new FeatureMap(3, 8, 8));
        graph.Output(((IOperators<OnnxValue>)operators).Run(layer, x).Name, "N", 3, 8, 8);
        Onnx.ModelProto model = graph.ToModel([]);
        OnnxGuard.Check(model, "net");
        Tensor images = randn(2, 3, 8, 8);
        using var session = new InferenceSession(model.ToByteArray());
        float[] actual = OnnxRuntime.Run(session, "x", images.data<float>().ToArray(), [2, 3, 8, 8]).Values.Single();
        OnnxRuntime.AssertClose(EvaluationOperators.Evaluation.Run(layer, images), actual);
        return model;
    }

    private static string Operators(Onnx.ModelProto model) => string.Join(' ', model.Graph.Node.Select(node => node.OpType));

    private static BatchNorm2d Norm()
    {
        BatchNorm2d norm = Make.BatchNorm(3);
        norm.running_mean = tensor(new[] { 0.5f, -1, 2 });
        norm.running_var = tensor(new[] { 0.5f, 2, 3 });
        return norm;
    }

    private sealed class ReadTwice : Layer
    {
        private readonly Conv2d conv = Make.Conv(3, 3, kernel: 3, bias: true);

        public ReadTwice() => RegisterComponents();

        public override T Dataflow<T>(IOperators<T> op, T x)
        {
            T y = op.Conv(x, conv);
            return op.Add(op.MaxPool(y, new Pooling(Kernel: 3, Stride: 1, Padding: 1)), op.Sigmoid(y));
        }
    }

    private sealed class NormOfSum : Layer
    {
        private readonly Conv2d conv = Make.Conv(3, 3, kernel: 3);
        private readonly BatchNorm2d bn = Norm();

        public NormOfSum() => RegisterComponents();

        public override T Dataflow<T>(IOperators<T> op, T x) => op.BatchNorm(op.Add(op.Conv(x, conv), x), bn);
    }

    private sealed class NormAndRaw : Layer
    {
        private readonly Conv2d conv = Make.Conv(3, 3, kernel: 3);
        private readonly BatchNorm2d bn = Norm();

        public NormAndRaw() => RegisterComponents();

        public override T Dataflow<T>(IOperators<T> op, T x)
        {
            T y = op.Conv(x, conv);
            return op.Add(op.BatchNorm(y, bn), y);
        }
    }
}
