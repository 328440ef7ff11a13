using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace ResNetMLNet;

/// <summary>An ONNX graph as it is being written: nodes in the order in which they are computed, and constants.</summary>
internal sealed class OnnxGraph
{
    /// <summary>2021's operator set, which every ONNX Runtime since 1.11 reads.</summary>
    public const int OperatorSet = 17;

    private const long IntermediateRepresentation = 8;
    private readonly GraphProto graph;
    private readonly HashSet<string> values;

    /// <summary>An empty graph.</summary>
    public OnnxGraph(string name) : this(new GraphProto { Name = name })
    {
    }

    /// <summary>A graph to add to.</summary>
    public OnnxGraph(GraphProto graph)
    {
        this.graph = graph;
        values = [.. graph.Input.Select(input => input.Name), .. graph.Initializer.Select(constant => constant.Name),
            .. graph.Node.SelectMany(node => node.Output)];
    }

    /// <summary>Whether there is an input, a constant or a node's output of that name.</summary>
    public bool Has(string value) => values.Contains(value);

    /// <summary>Adds an input of the graph. A dimension is a number, or a name where the caller chooses it.</summary>
    public string Input(string input, TensorProto.Types.DataType type, params ReadOnlySpan<object> shape)
    {
        Claim(input);
        graph.Input.Add(Describe(input, type, shape));
        return input;
    }

    /// <summary>Declares what a node gives as an output of the graph.</summary>
    public void Output(string output, params ReadOnlySpan<object> shape) =>
        graph.Output.Add(Describe(output, TensorProto.Types.DataType.Float, shape));

    /// <summary>The same, and leaves it to ONNX Runtime to find the shape.</summary>
    public void OutputOfAnyShape(string output)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
        graph.Output.Add(new ValueInfoProto { Name = output, Type = new TypeProto { TensorType = type } });
    }

    /// <summary>Adds a node with one output and returns that output's name.</summary>
    public string Node(string operation, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        Node(operation, [output], inputs, attributes);
        return output;
    }

    /// <summary>Adds a node with several outputs.</summary>
    public void Node(string operation, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = outputs[0] };
        foreach (string input in inputs) node.Input.Add(input);
        foreach (AttributeProto attribute in attributes) node.Attribute.Add(attribute);
        foreach (string output in outputs) node.Output.Add(output);
        Add(node);
    }

    /// <summary>Adds a node as it is.</summary>
    public void Add(NodeProto node)
    {
        foreach (string output in node.Output) Claim(output);
        graph.Node.Add(node);
    }

    /// <summary>Adds a constant as it is.</summary>
    public void Add(TensorProto constant)
    {
        Claim(constant.Name);
        graph.Initializer.Add(constant);
    }

    /// <summary>Adds a float constant and returns its name.</summary>
    public string Constant(string constant, float[] values, params ReadOnlySpan<long> shape) =>
        Constant(constant, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <summary>Adds a constant in half precision and returns its name.</summary>
    /// <exception cref="InvalidOperationException">A number is beyond what half precision holds.</exception>
    public string HalfConstant(string constant, float[] values, params ReadOnlySpan<long> shape)
    {
        Half[] halves = Array.ConvertAll(values, value => (Half)value);
        return halves.All(Half.IsFinite)
            ? Constant(constant, TensorProto.Types.DataType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()), shape)
            : throw new InvalidOperationException(
                $"'{constant}' has numbers beyond 65504, the largest that half precision holds. Export it in single precision.");
    }

    /// <summary>Adds a list of whole numbers, such as a shape, and returns its name.</summary>
    public string Constant(string constant, params ReadOnlySpan<long> values) =>
        Constant(constant, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), [values.Length]);

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (long value in values) attribute.Ints.Add(value);
        return attribute;
    }

    public ModelProto ToModel(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var model = new ModelProto
        {
            IrVersion = IntermediateRepresentation,
            ProducerName = "ResNetMLNet",
            ProducerVersion = typeof(OnnxGraph).Assembly.GetName().Version!.ToString(3),
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = OperatorSet });
        foreach ((string key, string value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    /// <summary>Adds a constant by its bytes and returns its name.</summary>
    public string Constant(string constant, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> shape)
    {
        Claim(constant);
        var tensor = new TensorProto { Name = constant, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (long dimension in shape) tensor.Dims.Add(dimension);
        graph.Initializer.Add(tensor);
        return constant;
    }

    // ONNX Runtime would refuse the file, and say less.
    private void Claim(string value)
    {
        if (!values.Add(value)) throw new InvalidOperationException($"The graph '{graph.Name}' has a value '{value}' already.");
    }

    private static ValueInfoProto Describe(string name, TensorProto.Types.DataType type, ReadOnlySpan<object> shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        foreach (object dimension in shape)
        {
            tensor.Shape.Dim.Add(dimension is string free
                ? new TensorShapeProto.Types.Dimension { DimParam = free }
                : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dimension) });
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
