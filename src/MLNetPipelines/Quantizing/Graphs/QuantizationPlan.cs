using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Which operators of a network compute in integers, and which of its values are therefore rounded to 8 bits. What ONNX Runtime can fuse
/// to one integer operator is chosen; the normalization in front and what follows the last pooling stay in single precision.
/// </summary>
internal sealed class QuantizationPlan
{
    // A classifier's last layer of fewer weights is neither large nor slow.
    private const long SmallLayer = 100_000;

    private const string Activation = "Relu", Softmax = "Softmax";

    private const string ReadsFloat = "rounding what it reads would undo that a layer before it is not rounded";

    // Those that QLinearAdd and its like stand for, and those that only move numbers.
    private static readonly HashSet<string> followers =
        ["Add", "Mul", "Concat", "Split", "MaxPool", "AveragePool", "GlobalAveragePool", "Sigmoid"];

    private readonly NetworkGraph graph;
    private readonly HashSet<NodeProto> integer = [];
    private readonly Dictionary<NodeProto, NodeProto> folded = [];
    private readonly List<FloatOperator> floats = [];

    /// <param name="graph">The network in single precision.</param>
    /// <param name="floatLayers">Names of layers that stay in single precision, and why.</param>
    public QuantizationPlan(NetworkGraph graph, IReadOnlyDictionary<string, string>? floatLayers = null)
    {
        this.graph = graph;
        HashSet<NodeProto> before = Reaching(), behind = [], tail = [], putBack = [];
        foreach (NodeProto node in graph.Nodes)
        {
            NodeProto[] sources = [.. graph.Data(node).Select(graph.ProducerOf).OfType<NodeProto>()];
            if (node.OpType == "Conv" || sources.Any(behind.Contains)) behind.Add(node);
            if (!before.Contains(node) && (node.OpType == "GlobalAveragePool" || sources.Any(tail.Contains))) tail.Add(node);
            if (node.OpType == Activation && Folds(node, sources)) continue;
            string? chosen = floatLayers?.GetValueOrDefault(node.Name);
            if (chosen is not null || (node.OpType == Activation && sources.Any(putBack.Contains))) putBack.Add(node);
            string? reason = chosen ?? WhyFloat(node, behind, tail)
                ?? (node.OpType != "Conv" && sources.Any(putBack.Contains) ? ReadsFloat : null);
            if (reason is null) integer.Add(node);
            else floats.Add(new FloatOperator(node.Name, node.OpType, reason));
        }

        Values = [.. graph.Nodes.Where(IsInteger).SelectMany(ValuesOf).Distinct()];
        Groups = new ScaleGroups(Values, graph.Nodes.Where(IsInteger));
    }

    /// <summary>The values that are rounded to 8 bits, by the names of single-precision values.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Which of <see cref="Values"/> have one scale.</summary>
    public ScaleGroups Groups { get; }

    /// <summary>What stays in single precision, and why.</summary>
    public IReadOnlyList<FloatOperator> Floats => floats;

    /// <summary>The convolutions and matrix products that compute in integers, by their nodes' names.</summary>
    public IReadOnlyList<string> Layers =>
        [.. graph.Nodes.Where(node => integer.Contains(node) && IsLayer(node)).Select(node => node.Name)];

    public bool IsInteger(NodeProto node) => integer.Contains(node);

    /// <summary>Whether a Relu disappears: the smallest number of its rounded output is zero.</summary>
    public bool IsFolded(NodeProto node) => folded.ContainsKey(node);

    /// <summary>Whether a value is computed by an integer operator, so that only its rounded form is there.</summary>
    public bool IsIntegerValue(string value) => graph.ProducerOf(value) is { } producer
        && integer.Contains(folded.GetValueOrDefault(producer, producer));

    /// <summary>What a node's first output is called: that of the Relu behind it, where that is folded.</summary>
    public string OutputOf(NodeProto node) =>
        graph.OnlyConsumerOf(node.Output[0]) is { } relu && IsFolded(relu) ? relu.Output[0] : node.Output[0];

    public static bool IsLayer(NodeProto node) => node.OpType is "Conv" or "Gemm";

    private bool Folds(NodeProto relu, NodeProto[] sources)
    {
        if (sources is not [NodeProto { OpType: "Conv" or "Add" } source] || !integer.Contains(source)
            || graph.OnlyConsumerOf(source.Output[0]) != relu) return false;
        folded.Add(relu, source);
        return true;
    }

    /// <summary>The nodes that a convolution depends on.</summary>
    private HashSet<NodeProto> Reaching()
    {
        HashSet<NodeProto> reaching = [];
        foreach (NodeProto node in graph.Nodes.Reverse())
        {
            if (node.Output.SelectMany(graph.ConsumersOf).Any(reader => reader.OpType == "Conv" || reaching.Contains(reader)))
                reaching.Add(node);
        }

        return reaching;
    }

    private string? WhyFloat(NodeProto node, HashSet<NodeProto> behind, HashSet<NodeProto> tail)
    {
        if (!behind.Contains(node)) return "it prepares the pixels, of which every level counts";
        if (node.OpType == "Gemm") return WhyFloatGemm(node);
        if (tail.Contains(node)) return "it comes after the last convolution, and rounding it would round the result";
        if (node.OpType == "Conv")
            return node.Input.Skip(1).All(graph.IsConstant) ? null : "its weights are computed";
        if (IsPartOfSoftmax(node)) return "ONNX Runtime's integer Softmax gives wrong numbers across channels";
        if (!followers.Contains(node.OpType)) return $"ONNX Runtime has no integer operator for {node.OpType} here";
        return node.Output.Any(graph.IsOutput) ? "it is an output"
            : graph.Data(node).Count() != node.Input.Count(input => input.Length > 0) ? "one of its inputs is constant" : null;
    }

    // ONNX Runtime 1.31 makes one of every Softmax between two values in integers, so what joins and parts the numbers is left out too.
    private bool IsPartOfSoftmax(NodeProto node) => node.OpType switch
    {
        Softmax => true,
        "Concat" => graph.OnlyConsumerOf(node.Output[0]) is { OpType: Softmax },
        "Split" => graph.ProducerOf(node.Input[0]) is { OpType: Softmax },
        _ => false,
    };

    private string? WhyFloatGemm(NodeProto node)
    {
        if (!node.Input.Skip(1).All(graph.IsConstant) || NetworkGraph.Number(node, "transA", 0) != 0
            || NetworkGraph.Number(node, "transB", 0) != 1
            || node.Attribute.Any(attribute => attribute.Name is "alpha" or "beta" && attribute.F != 1))
            return "it is not a plain layer of weights";
        return graph.Constant(node.Input[1]).Dims.Aggregate(1L, (product, size) => product * size) < SmallLayer
            ? "it is small" : null;
    }

    // A matrix product may give single precision; everything else reads and gives 8 bits.
    private IEnumerable<string> ValuesOf(NodeProto node)
    {
        IEnumerable<string> inputs = graph.Data(node);
        return node.OpType == "Gemm" ? inputs : node.Output.Count == 1 ? inputs.Append(OutputOf(node)) : inputs.Concat(node.Output);
    }
}

/// <summary>An operator that computes in single precision in a quantized network.</summary>
/// <param name="Name">The operator's name in the file; a layer's is the network's own, such as <c>layer1.0.conv1</c>.</param>
/// <param name="Operator">What it is in ONNX, such as <c>Conv</c>.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
public sealed record FloatOperator(string Name, string Operator, string Reason);
