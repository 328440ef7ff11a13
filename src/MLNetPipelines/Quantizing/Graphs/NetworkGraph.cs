using System.Runtime.InteropServices;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An exported network's graph by its values: which node computes each, which nodes read it, which are constants.</summary>
internal sealed class NetworkGraph
{
    private readonly Dictionary<string, NodeProto> producers = [];
    private readonly Dictionary<string, List<NodeProto>> consumers = [];
    private readonly Dictionary<string, TensorProto> constants;
    private readonly HashSet<string> outputs;

    /// <param name="model">What <see cref="OnnxGuard"/> has passed: nodes in the order in which they are computed.</param>
    public NetworkGraph(ModelProto model)
    {
        Model = model;
        constants = model.Graph.Initializer.ToDictionary(constant => constant.Name);
        outputs = [.. model.Graph.Output.Select(output => output.Name)];
        foreach (NodeProto node in model.Graph.Node)
        {
            foreach (string output in node.Output) producers[output] = node;
            foreach (string input in node.Input.Where(input => input.Length > 0).Distinct())
            {
                if (!consumers.TryGetValue(input, out List<NodeProto>? readers)) consumers[input] = readers = [];
                readers.Add(node);
            }
        }
    }

    public ModelProto Model { get; }

    /// <summary>In the order in which they are computed.</summary>
    public IReadOnlyList<NodeProto> Nodes => Model.Graph.Node;

    public NodeProto? ProducerOf(string value) => producers.GetValueOrDefault(value);

    public IReadOnlyList<NodeProto> ConsumersOf(string value) => consumers.GetValueOrDefault(value) ?? [];

    public bool IsOutput(string value) => outputs.Contains(value);

    public bool IsConstant(string value) => constants.ContainsKey(value);

    public TensorProto Constant(string name) => constants[name];

    /// <summary>The node that alone reads a value which is not an output of the graph; null where there is none.</summary>
    public NodeProto? OnlyConsumerOf(string value) => !IsOutput(value) && ConsumersOf(value) is [NodeProto only] ? only : null;

    /// <summary>A node's inputs that are computed, not constant.</summary>
    public IEnumerable<string> Data(NodeProto node) => node.Input.Where(input => input.Length > 0 && !IsConstant(input));

    /// <summary>The numbers of a constant in single precision.</summary>
    public float[] Floats(string constant) => Floats(constants[constant]);

    /// <inheritdoc cref="Floats(string)"/>
    public static float[] Floats(TensorProto tensor) => tensor.RawData.Length > 0
        ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray()
        : [.. tensor.FloatData];

    public static AttributeProto? Attribute(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public static long Number(NodeProto node, string name, long otherwise) => Attribute(node, name)?.I ?? otherwise;
}
