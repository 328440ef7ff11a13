using System.Text.Json;
using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Writes a whole classifier as one ONNX file, for users of ONNX Runtime without ML.NET: the backbone, and behind it the linear head. It
/// takes the backbone's pixels and gives <c>probabilities</c>, float [N, classes], beside the features.
/// </summary>
internal static class OnnxClassifier
{
    /// <param name="backbone">The backbone's ONNX file.</param>
    /// <param name="features">The output that the head reads.</param>
    /// <param name="head">The head.</param>
    /// <param name="classes">The classes' names, in the order of the head's biases.</param>
    /// <param name="thresholds">The probability from which on an image is given each class; null where it has one.</param>
    public static byte[] Write(
        ReadOnlySpan<byte> backbone, string features, LinearHead head, IReadOnlyList<string> classes, IReadOnlyList<float>? thresholds)
    {
        var onnx = ModelProto.Parser.ParseFrom(backbone);
        OnnxGraph graph = new(onnx.Graph);
        head.Write(graph, features, OnnxContract.Probabilities);
        graph.Output(OnnxContract.Probabilities, "N", classes.Count);
        _ = new OnnxModelEditor(onnx)
        {
            [OnnxContract.Keys.Labels] = JsonSerializer.Serialize(classes),
            [OnnxContract.Keys.Thresholds] = thresholds is null ? null : JsonSerializer.Serialize(thresholds),
        };
        return onnx.ToByteArray();
    }
}
