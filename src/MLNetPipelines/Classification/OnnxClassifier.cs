using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.ML;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Writes a whole classifier as one ONNX file, for users of ONNX Runtime without ML.NET: the backbone, and behind it the linear head as
/// LpNormalization, Gemm and Softmax. It takes the backbone's pixels and gives <c>probabilities</c>, float [N, classes], beside the features.
/// </summary>
internal static class OnnxClassifier
{
    private const string Weights = "head.weight", Biases = "head.bias", UnitLength = "head.unit_length";

    /// <exception cref="InvalidDataException">The head is not one that <see cref="ClassificationHead"/> trains.</exception>
    public static byte[] Write(ReadOnlySpan<byte> backbone, IEnumerable<ITransformer> head, IReadOnlyList<string> classes)
    {
        LinearHead linear = LinearHead.Of(head, classes.Count) ?? throw new InvalidDataException(
            "The classifier's head is not a linear one on features of unit length, which is what ClassificationHead trains; no other can be written as ONNX.");
        float[] weight = [.. linear.Weights.SelectMany(row => row)];

        var onnx = ModelProto.Parser.ParseFrom(backbone);
        GraphProto graph = onnx.Graph;
        graph.Initializer.Add(Tensor(Weights, weight, classes.Count, weight.Length / classes.Count));
        graph.Initializer.Add(Tensor(Biases, linear.Biases, classes.Count));
        graph.Node.Add(Node("LpNormalization", [OnnxContract.Features], UnitLength, ("axis", 1), ("p", 2)));
        graph.Node.Add(Node("Gemm", [UnitLength, Weights, Biases], OnnxContract.Logits, ("transB", 1)));
        graph.Node.Add(Node("Softmax", [OnnxContract.Logits], OnnxContract.Probabilities, ("axis", 1)));
        graph.Output.Add(Output(OnnxContract.Probabilities, classes.Count));
        onnx.MetadataProps.Add(new StringStringEntryProto { Key = OnnxContract.Keys.Labels, Value = JsonSerializer.Serialize(classes) });
        return onnx.ToByteArray();
    }

    private static TensorProto Tensor(string name, float[] values, params ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)TensorProto.Types.DataType.Float,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        };
        foreach (long dimension in shape) tensor.Dims.Add(dimension);
        return tensor;
    }

    private static NodeProto Node(string operation, string[] inputs, string output, params ReadOnlySpan<(string Name, long Value)> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = output, Input = { inputs }, Output = { output } };
        foreach ((string name, long value) in attributes)
            node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });
        return node;
    }

    private static ValueInfoProto Output(string name, int width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}
