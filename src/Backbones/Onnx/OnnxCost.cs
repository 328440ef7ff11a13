using Onnx;
using ResNetMLNet.Backbones.Operators;

namespace ResNetMLNet.Backbones.Onnx;

/// <summary>Counts the cost of a graph that <see cref="OnnxExporter"/> wrote.</summary>
internal sealed class OnnxCost
{
    // No network has more of anything in one dimension, and products of these stay numbers.
    private const int Most = 1 << 20;

    private readonly CostCounter counter = new();
    private readonly Dictionary<string, CostValue> values = [];
    private readonly Dictionary<string, TensorProto> constants;
    private readonly string path;

    private OnnxCost(GraphProto graph, string path)
    {
        this.path = path;
        constants = graph.Initializer.ToDictionary(constant => constant.Name);
        foreach (ValueInfoProto input in graph.Input)
        {
            int[] shape = [.. input.Type.TensorType.Shape.Dim.Skip(1).Select(
                dimension => Count(dimension.DimValue, $"input '{input.Name}'"))];
            values[input.Name] = input.Name == OnnxContract.PixelsInput
                ? CostValue.Picture(shape[2], shape[0], shape[1])
                : CostValue.Picture(shape[0], shape[1], shape[2]);
        }
    }

    public static IReadOnlyList<LayerCost> Count(string path)
    {
        string shown = DisplayText.Of(path, 300);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{shown}'.", path);
        ModelProto model = OnnxGuard.Parse(File.ReadAllBytes(path), shown);
        if (model.MetadataProps.All(property => property.Key != OnnxContract.Keys.Version))
            throw new InvalidDataException($"'{shown}' was not written by ResNetMLNet: it has no '{OnnxContract.Keys.Version}' metadata.");
        OnnxGuard.Check(model, shown);
        try
        {
            var cost = new OnnxCost(model.Graph, shown);
            foreach (NodeProto node in model.Graph.Node) cost.Add(node);
            return cost.counter.Layers;
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or ArgumentException or IndexOutOfRangeException
            or NullReferenceException or ArithmeticException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{shown}' is not a sound ONNX file: {DisplayText.Of(e.Message, 300)}", e);
        }
    }

    private void Add(NodeProto node)
    {
        if (node.OpType is "QuantizeLinear" or "DequantizeLinear")
        {
            Round(node);
            return;
        }

        CostValue x = values[node.Input[0]];
        switch (node.OpType)
        {
            case "Conv":
                Set(node, counter.Convolution(node.Name, x, Geometry(node), Numbers(node, 1), Numbers(node, 2)));
                break;
            case "Gemm":
                Set(node, counter.Linear(node.Name, x, OutChannels(node), Numbers(node, 1), Numbers(node, 2)));
                break;
            case "BatchNormalization":
                Set(node, counter.BatchNorm(node.Name, x, Numbers(node, 1)));
                break;
            case "MaxPool":
                Set(node, counter.Pool("max pool", x, Window(node)));
                break;
            case "AveragePool":
                Set(node, counter.Pool("average pool", x, Window(node)));
                break;
            case "GlobalAveragePool":
                Set(node, x with { Shape = x.Shape with { Height = 1, Width = 1 } });
                break;
            case "Split" when Axis(node) == 1:
                foreach (string output in node.Output)
                    values[output] = x with { Shape = x.Shape with { Channels = x.Shape.Channels / node.Output.Count } };
                break;
            case "Concat" when Axis(node) == 0:
                Set(node, x with { Images = node.Input.Sum(input => values[input].Images) });
                break;
            case "ReduceMean":
                Set(node, x with { Images = 1 });
                break;
            case "Concat" when Axis(node) == 1:
                Set(node, new CostValue(
                    x.Shape with { Channels = node.Input.Sum(input => values[input].Shape.Channels) },
                    node.Input.Max(input => values[input].ReceptiveField), x.Jump)
                { Images = x.Images });
                break;
            case "Add":
                Set(node, x with { ReceptiveField = Math.Max(x.ReceptiveField, values[node.Input[1]].ReceptiveField) });
                break;
            case "Cast" or "Sub" or "Mul" or "Transpose" or "Relu" or "Sigmoid" or "Flatten" or "Reshape"
                or "Slice" or "Split" or "Concat" or "Softmax":
                foreach (string output in node.Output) values[output] = x;
                break;
            default:
                throw new InvalidDataException(
                    $"'{path}' has an operator '{DisplayText.Of(node.OpType)}', which ResNetMLNet does not write.");
        }
    }

    // Rounding costs next to nothing, and in ONNX Runtime becomes a part of the layers beside it.
    private void Round(NodeProto node)
    {
        if (constants.TryGetValue(node.Input[0], out TensorProto? constant)) constants[node.Output[0]] = constant;
        else values[node.Output[0]] = values[node.Input[0]];
    }

    private void Set(NodeProto node, CostValue value)
    {
        Count(value.Shape.Channels, node.Name);
        Count(value.Shape.Height, node.Name);
        Count(value.Shape.Width, node.Name);
        values[node.Output[0]] = value;
    }

    private int OutChannels(NodeProto node) => Count(constants[node.Input[1]].Dims[0], node.Name);

    private long Numbers(NodeProto node, int input) =>
        node.Input.Count > input
            ? constants[node.Input[input]].Dims.Aggregate(1L, (product, dimension) => checked(product * Count(dimension, node.Name)))
            : 0;

    private ConvolutionGeometry Geometry(NodeProto node) => new(
        OutChannels(node), First(node, "kernel_shape"), First(node, "strides"), First(node, "pads", least: 0), First(node, "dilations"),
        Count(Attribute(node, "group").I, node.Name));

    private static Pooling Window(NodeProto node) =>
        new(First(node, "kernel_shape"), First(node, "strides"),
            First(node, "pads", least: 0))
        { CeilMode = Attribute(node, "ceil_mode").I == 1 };

    private static long Axis(NodeProto node) => Attribute(node, "axis").I;

    private static int First(NodeProto node, string attribute, int least = 1) =>
        Count(Attribute(node, attribute).Ints[0], node.Name, least);

    private static int Count(long value, string what, int least = 1) =>
        value >= least && value <= Most ? (int)value : throw new FormatException($"{what} has {value} where {least} to {Most} can be.");

    private static AttributeProto Attribute(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name) ?? throw new KeyNotFoundException(
            $"node '{node.Name}' has no attribute '{name}'");
}
