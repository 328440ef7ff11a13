using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A network that was measured on images, and can be written with any of its layers in integers.</summary>
internal sealed class NetworkQuantizer
{
    private readonly NetworkGraph network;
    private readonly IReadOnlyDictionary<string, ValueStatistics> statistics;
    private readonly QuantizationOptions options;

    private NetworkQuantizer(
        NetworkGraph network, IReadOnlyList<string> layers, IReadOnlyDictionary<string, ValueStatistics> statistics,
        QuantizationOptions options) => (this.network, Layers, this.statistics, this.options) = (network, layers, statistics, options);

    /// <summary>The layers that can compute in integers.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>Runs the network on the images and remembers what its values are like.</summary>
    /// <exception cref="InvalidDataException">A value is NaN or infinite.</exception>
    public static NetworkQuantizer Calibrate(
        ModelProto model, IReadOnlyList<byte[]> images, int size, QuantizationOptions options, Action<int>? progress,
        CancellationToken cancellationToken)
    {
        var network = new NetworkGraph(model);
        var plan = new QuantizationPlan(network);
        IReadOnlyDictionary<string, ValueStatistics> statistics =
            CalibrationRun.Run(network, plan.Values, images, size, progress, cancellationToken);
        return new NetworkQuantizer(network, plan.Layers, statistics, options);
    }

    /// <summary>Writes the network.</summary>
    /// <param name="floatLayers">Names of layers that stay in single precision, and why.</param>
    public QuantizedNetwork Write(IReadOnlyDictionary<string, string> floatLayers)
    {
        var plan = new QuantizationPlan(network, floatLayers);
        ModelProto model = QuantizedWriter.Write(network, plan, Ranges(plan), statistics, options);
        _ = new OnnxModelEditor(model) { [OnnxContract.Keys.Precision] = OnnxContract.Int8 };
        return new QuantizedNetwork(model, plan.Floats);
    }

    /// <summary>Writes the network with one layer in integers, and all else in single precision.</summary>
    public QuantizedNetwork WriteOnly(string layer) =>
        Write(network.Nodes.Select(node => node.Name).Where(name => name != layer).Distinct()
            .ToDictionary(name => name, _ => "it is not looked at"));

    private Dictionary<string, ValueRange> Ranges(QuantizationPlan plan)
    {
        Dictionary<string, ValueRange> own = plan.Values.ToDictionary(
            value => value, value => RangeChoice.Of(statistics[value].Histogram, options.Method));
        Dictionary<string, ValueRange> groups = plan.Values.GroupBy(plan.Groups.Of).ToDictionary(
            group => group.Key, group => group.Select(value => own[value]).Aggregate((all, range) => all.With(range)));

        // A folded Relu is the zero that numbers below its range become: it keeps a range that starts there.
        return plan.Values.ToDictionary(value => value, value =>
            groups[plan.Groups.Of(value)] is { Low: < 0 } && network.ProducerOf(value) is { } producer && plan.IsFolded(producer)
                ? own[value] : groups[plan.Groups.Of(value)]);
    }
}

/// <summary>A network as it is written.</summary>
/// <param name="Model">The file.</param>
/// <param name="Floats">What of it computes in single precision, and why.</param>
internal sealed record QuantizedNetwork(ModelProto Model, IReadOnlyList<FloatOperator> Floats)
{
    public byte[] ToBytes() => Model.ToByteArray();
}
