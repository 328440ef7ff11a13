using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What keeps a network from being quantized.</summary>
internal static class NetworkFlaws
{
    private const int Single = (int)TensorProto.Types.DataType.Float, Half = (int)TensorProto.Types.DataType.Float16;

    /// <returns>A sentence that starts with the network; null where there is nothing.</returns>
    public static string? Find(ModelProto model)
    {
        GraphProto graph = model.Graph;
        if (graph.Node.Any(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "QLinearConv" or "ConvInteger"))
            return "is quantized already, and its weights are rounded. Quantize the file that it was made of.";
        if (graph.Initializer.Any(constant => constant.DataType == Half))
            return "is in half precision, which rounds weights. Export it in float32, and quantize that.";
        if (graph.Node.All(node => node.OpType != "Conv")) return "has no convolution, so there is nothing to quantize.";
        return graph.Initializer.FirstOrDefault(constant => constant.DataType == Single
            && NetworkGraph.Floats(constant).Any(number => !float.IsFinite(number))) is { } damaged
            ? $"has NaN or infinite numbers in '{DisplayText.Of(damaged.Name)}'. Its training has diverged, or the file was damaged."
            : null;
    }
}
