using System.Runtime.InteropServices;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Writes a network with its integers: each value that is rounded passes a QuantizeLinear and a DequantizeLinear, from which ONNX Runtime
/// makes integer operators ("QDQ form"). Any runtime that knows the two operators computes the same.
/// </summary>
internal sealed class QuantizedWriter
{
    private readonly NetworkGraph network;
    private readonly QuantizationPlan plan;
    private readonly IReadOnlyDictionary<string, ValueRange> ranges;
    private readonly IReadOnlyDictionary<string, ValueStatistics> statistics;
    private readonly QuantizationOptions options;
    private readonly ModelProto model;
    private readonly OnnxGraph graph;
    private readonly Dictionary<ValueRange, (string Scale, string ZeroPoint)> scales = [];

    private QuantizedWriter(
        NetworkGraph network, QuantizationPlan plan, IReadOnlyDictionary<string, ValueRange> ranges,
        IReadOnlyDictionary<string, ValueStatistics> statistics, QuantizationOptions options)
    {
        (this.network, this.plan, this.ranges, this.statistics, this.options) = (network, plan, ranges, statistics, options);
        model = network.Model.Clone();
        model.Graph.Node.Clear();
        model.Graph.Initializer.Clear();
        graph = new OnnxGraph(model.Graph);
    }

    /// <param name="network">The network in single precision.</param>
    /// <param name="plan">What of it becomes integer.</param>
    /// <param name="ranges">The range of each of the plan's values.</param>
    /// <param name="statistics">What was seen of each of them.</param>
    /// <param name="options">How weights and biases are rounded.</param>
    public static ModelProto Write(
        NetworkGraph network, QuantizationPlan plan, IReadOnlyDictionary<string, ValueRange> ranges,
        IReadOnlyDictionary<string, ValueStatistics> statistics, QuantizationOptions options)
    {
        var writer = new QuantizedWriter(network, plan, ranges, statistics, options);
        writer.Write();
        return writer.model;
    }

    private void Write()
    {
        foreach (ValueInfoProto input in network.Model.Graph.Input) RoundWhereRead(input.Name);
        foreach (NodeProto node in network.Nodes)
        {
            if (plan.IsFolded(node)) continue;
            NodeProto copy = node.Clone();
            for (int i = 0; i < copy.Input.Count; i++) copy.Input[i] = Read(node, copy.Input[i]);
            if (plan.IsInteger(node))
            {
                copy.Output[0] = plan.OutputOf(node);
                if (QuantizationPlan.IsLayer(node)) RoundWeights(node, copy);
            }

            graph.Add(copy);
            foreach (string output in copy.Output) RoundWhereRead(output);
        }
    }

    /// <summary>What a node reads a value by; constants that no integer layer has rounded are copied.</summary>
    private string Read(NodeProto node, string value)
    {
        if (value.Length == 0) return value;
        if (!network.IsConstant(value))
            return ranges.ContainsKey(value) && (plan.IsInteger(node) || plan.IsIntegerValue(value)) ? Rounded(value) : value;
        bool isRounded = plan.IsInteger(node) && QuantizationPlan.IsLayer(node);
        if (!isRounded && !graph.Has(value)) graph.Add(network.Constant(value).Clone());
        return value;
    }

    private static string Rounded(string value) => $"{value}.rounded";

    private void RoundWhereRead(string value)
    {
        if (!ranges.TryGetValue(value, out ValueRange range)) return;
        (string scale, string zeroPoint) = Scale(value, range);
        string levels = graph.Node("QuantizeLinear", $"{value}.levels", [value, scale, zeroPoint]);
        graph.Node("DequantizeLinear", Rounded(value), [levels, scale, zeroPoint]);
    }

    // Those of equal ranges are one constant: ONNX Runtime looks whether they are equal.
    private (string Scale, string ZeroPoint) Scale(string value, ValueRange range)
    {
        if (scales.TryGetValue(range, out (string, string) known)) return known;
        return scales[range] = (
            graph.Constant($"{value}.scale", DataType.Float, MemoryMarshal.AsBytes<float>([range.Scale])),
            graph.Constant($"{value}.zero_point", DataType.Uint8, [range.ZeroPoint]));
    }

    private void RoundWeights(NodeProto node, NodeProto copy)
    {
        string name = node.Input[1], input = node.Input[0];
        TensorProto tensor = network.Constant(name);
        float[] weights = network.Floats(name);
        long outputs = tensor.Dims[0];
        float[] bias = node.Input.Count > 2 ? network.Floats(node.Input[2]) : new float[outputs];
        float inputScale = ranges[input].Scale;
        var rounded = new RoundedWeights(weights, bias, inputScale, options.Portable);
        if (options.BiasCorrection) bias = BiasCorrection.Of(bias, weights, rounded, statistics[input].Means, (int)tensor.Dims[1]);

        string scale = graph.Constant($"{name}.scale", rounded.Scales, outputs);
        string zeroPoint = graph.Constant($"{name}.zero_point", DataType.Int8, new byte[outputs], outputs);
        string levels = graph.Constant(
            $"{name}.quantized", DataType.Int8, MemoryMarshal.AsBytes(rounded.Values.AsSpan()), [.. tensor.Dims]);
        copy.Input[1] = graph.Node("DequantizeLinear", name, [levels, scale, zeroPoint], OnnxGraph.Attribute("axis", 0));
        string biasName = node.Input.Count > 2 ? node.Input[2] : $"{node.Name}.bias";
        if (node.Input.Count == 2) copy.Input.Add(biasName);
        copy.Input[2] = RoundBias(biasName, bias, [.. rounded.Scales.Select(weightScale => weightScale * inputScale)]);
    }

    private string RoundBias(string name, float[] bias, float[] scales)
    {
        int[] levels = [.. bias.Zip(scales, (number, scale) =>
            (int)Math.Clamp(Math.Round((double)number / scale), -int.MaxValue, int.MaxValue))];
        string scale = graph.Constant($"{name}.scale", scales, scales.Length);
        string constant = graph.Constant($"{name}.quantized", DataType.Int32, MemoryMarshal.AsBytes(levels.AsSpan()), levels.Length);
        return graph.Node("DequantizeLinear", name, [constant, scale], OnnxGraph.Attribute("axis", 0));
    }
}
