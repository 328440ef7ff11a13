using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Makes a network compute in integers whose ranges nobody measured: for how fast it runs, not for what comes out.</summary>
internal static class UnmeasuredIntegers
{
    /// <param name="model">A network whose shapes are all known.</param>
    public static ModelProto Of(ModelProto model)
    {
        var network = new NetworkGraph(model);
        var plan = new QuantizationPlan(network);
        Dictionary<string, long[]> shapes = OnnxShapes.Of(model.Graph);
        Dictionary<string, ValueStatistics> statistics = plan.Values.ToDictionary(value => value, value =>
        {
            var nothing = new ValueStatistics();
            nothing.Add(new float[shapes[value][1]], [1, shapes[value][1], 1, 1]);
            return nothing;
        });
        Dictionary<string, ValueRange> ranges = plan.Values.ToDictionary(value => value, _ => new ValueRange(0, 1));
        ModelProto integers = QuantizedWriter.Write(network, plan, ranges, statistics, new QuantizationOptions());
        _ = new OnnxModelEditor(integers) { [OnnxContract.Keys.Precision] = OnnxContract.Int8 };
        return integers;
    }
}
