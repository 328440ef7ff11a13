using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Adds to a backbone the output that its features are the mean of: a stage's map.</summary>
internal static class FeatureMapOutput
{
    /// <param name="model">A backbone's ONNX file.</param>
    /// <param name="features">The output that is classified.</param>
    /// <param name="name">Names the file in messages.</param>
    /// <returns>The file with one output more, and that output's name: what global average pooling reads, float [N, C, h, w].</returns>
    /// <exception cref="InvalidDataException">The features are not a global average.</exception>
    public static (byte[] Model, string Output) Add(ReadOnlySpan<byte> model, string features, string name)
    {
        var onnx = ModelProto.Parser.ParseFrom(model);
        string value = features;
        while (true)
        {
            NodeProto? node = onnx.Graph.Node.FirstOrDefault(node => node.Output.Contains(value));
            switch (node?.OpType)
            {
                // What only changes the shape, or in a quantized file the number of bits; or averages with the mirror image, whose map
                // comes second.
                case "ReduceMean" or "Flatten" or "Squeeze" or "Reshape" or "Identity" or "QuantizeLinear" or "DequantizeLinear":
                    value = node.Input[0];
                    break;
                case "GlobalAveragePool":
                    new OnnxGraph(onnx.Graph).OutputOfAnyShape(node.Input[0]);
                    return (onnx.ToByteArray(), node.Input[0]);
                default:
                    throw new InvalidDataException(
                        $"'{name}' has no map to explain: its features come from '{node?.OpType ?? "an input"}', not from global average "
                            + $"pooling. "
                        + "The backbones that `resnet-mlnet export NAME` writes end in it.");
            }
        }
    }
}
