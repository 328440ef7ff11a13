using System.Runtime.InteropServices;
using ResNetMLNet.Backbones.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static ResNetMLNet.OnnxGraph;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Writes a network into an ONNX graph: T is a value's name and shape. A batch norm is folded into the convolution before it
/// (w' = w * scale / sqrt(variance + eps), b' = shift - mean * scale / sqrt(variance + eps)); one that follows no convolution becomes a
/// node of its own.
/// </summary>
/// <param name="graph">What is written into.</param>
/// <param name="network">The network whose modules' names the graph's values get.</param>
internal sealed class OnnxOperators(OnnxGraph graph, nn.Module network) : IOperators<OnnxValue>
{
    private readonly Dictionary<nn.Module, string> names = ModuleNames.Of(network);
    private readonly Dictionary<OnnxValue, string> written = new(ReferenceEqualityComparer.Instance);
    private int anonymous;

    /// <summary>Whether maps are in half precision; pooled values are in single precision again.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>
    /// Whether the second half of a batch are the mirror images of the first, so that pooled values are averaged over both.
    /// </summary>
    public bool MirrorAverage { get; init; }

    // Written when it is clear whether a batch norm follows.
    public OnnxValue Conv(OnnxValue x, Conv2d conv) =>
        new(names[conv], ConvolutionGeometry.Of(conv).Output(x.Shape)) { Pending = (x, conv) };

    public OnnxValue BatchNorm(OnnxValue x, BatchNorm2d norm)
    {
        // What others read without the norm is written without it.
        if (x.Pending is not (OnnxValue input, Conv2d conv) || written.ContainsKey(x)) return Unfolded(x, norm);
        double[] mean = Values(norm.running_mean!), variance = Values(norm.running_var!), scale = Values(norm.weight!), shift = Values(
            norm.bias!);
        double[] factor = [.. scale.Zip(variance, (s, v) => s / Math.Sqrt(v + norm.eps))];
        double[] convBias = conv.bias is null ? new double[factor.Length] : Values(conv.bias);
        float[] bias = [.. factor.Select((f, i) => (float)(shift[i] + (convBias[i] - mean[i]) * f))];
        return Write(x.Name, input, conv, factor, bias);
    }

    public OnnxValue Relu(OnnxValue x) => Unary("Relu", x, x.Shape);

    public OnnxValue Sigmoid(OnnxValue x) => Unary("Sigmoid", x, x.Shape);

    public OnnxValue Multiply(OnnxValue x, OnnxValue gate) => new(graph.Node("Mul", Next("Mul"), [Use(x), Use(gate)]), x.Shape);

    public IReadOnlyList<OnnxValue> Split(OnnxValue x, int parts) =>
        Split(Use(x), parts, axis: 1, x.Shape with { Channels = x.Shape.Channels / parts });

    public OnnxValue Concat(IReadOnlyList<OnnxValue> parts) =>
        new(Join(parts, axis: 1), parts[0].Shape with { Channels = parts.Sum(part => part.Shape.Channels) });

    public IReadOnlyList<OnnxValue> SoftmaxAcross(IReadOnlyList<OnnxValue> values)
    {
        string softmax = graph.Node("Softmax", Next("Softmax"), [Join(values, axis: 2)], Attribute("axis", 2));
        return Split(softmax, values.Count, axis: 2, values[0].Shape);
    }

    public OnnxValue Add(OnnxValue x, OnnxValue y) => new(graph.Node("Add", Next("Add"), [Use(x), Use(y)]), x.Shape);

    public OnnxValue MaxPool(OnnxValue x, Pooling pool) => pool.IsIdentity
        ? x
        : Unary("MaxPool", x, x.Shape.Pooled(pool), Window(pool));

    public OnnxValue AveragePool(OnnxValue x, Pooling pool) => pool.IsIdentity
        ? x
        : Unary("AveragePool", x, x.Shape.Pooled(pool), [.. Window(pool), Attribute("count_include_pad", pool.CountPadding ? 1 : 0)]);

    public OnnxValue SpatialMean(OnnxValue x) => Unary("GlobalAveragePool", x, x.Shape with { Height = 1, Width = 1 });

    public OnnxValue GlobalAveragePool(OnnxValue x) => GlobalAveragePool(x, OnnxContract.Features);

    /// <summary>[N, C, H, W] -> [N, C], under a name of the caller's.</summary>
    public OnnxValue GlobalAveragePool(OnnxValue x, string name)
    {
        OnnxValue pooled = SpatialMean(x);
        string single = HalfPrecision
            ? graph.Node("Cast", Next("Cast"), [pooled.Name], Attribute("to", (long)global::Onnx.TensorProto.Types.DataType.Float))
            : pooled.Name;
        if (!MirrorAverage) return new OnnxValue(graph.Node("Flatten", name, [single], Attribute("axis", 1)), pooled.Shape);
        string halves = graph.Node("Reshape", Next("Reshape"), [single, graph.Constant($"{name}.halves", 2L, -1L, pooled.Shape.Channels)]);
        return new OnnxValue(graph.Node("ReduceMean", name, [halves], Attribute("axes", [0]), Attribute("keepdims", 0)), pooled.Shape);
    }

    public OnnxValue Linear(OnnxValue x, Linear linear)
    {
        string name = names[linear];
        string weight = graph.Constant($"{name}.weight", Floats(linear.weight), linear.out_features, linear.in_features);
        string bias = graph.Constant($"{name}.bias", Floats(linear.bias!), linear.out_features);
        string output = graph.Node("Gemm", OnnxContract.Logits, [Use(x), weight, bias], Attribute("transB", 1));
        return new OnnxValue(output, new FeatureMap((int)linear.out_features, 1, 1));
    }

    private OnnxValue[] Split(string value, int parts, int axis, FeatureMap shape)
    {
        string[] outputs = [.. Enumerable.Range(0, parts).Select(_ => Next("Split"))];
        graph.Node("Split", outputs, [value], Attribute("axis", axis));
        return [.. outputs.Select(output => new OnnxValue(output, shape))];
    }

    private string Join(IReadOnlyList<OnnxValue> parts, int axis) =>
        parts.Count == 1 ? Use(parts[0]) : graph.Node("Concat", Next("Concat"), [.. parts.Select(Use)], Attribute("axis", axis));

    private OnnxValue Unary(string operation, OnnxValue x, FeatureMap shape, params ReadOnlySpan<global::Onnx.AttributeProto> attributes) =>
        new(graph.Node(operation, Next(operation), [Use(x)], attributes), shape);

    /// <summary>The name of a value that is needed now: a convolution without batch norm is written here.</summary>
    private string Use(OnnxValue x)
    {
        if (x.Pending is not (OnnxValue input, Conv2d conv)) return x.Name;
        if (written.TryGetValue(x, out string? earlier)) return earlier;
        string name = graph.Has(x.Name) ? $"{x.Name}.unnormalized" : x.Name;
        float[]? bias = conv.bias is null ? null : Floats(conv.bias);
        return written[x] = Write(name, input, conv, Enumerable.Repeat(1.0, (int)conv.out_channels), bias).Name;
    }

    private OnnxValue Unfolded(OnnxValue x, BatchNorm2d norm)
    {
        string name = names[norm];
        string[] inputs =
        [
            Use(x), PerChannel("weight", norm.weight!), PerChannel("bias", norm.bias!),
            PerChannel("running_mean", norm.running_mean!), PerChannel("running_var", norm.running_var!),
        ];
        var epsilon = Attribute("epsilon", (float)norm.eps);
        return new OnnxValue(graph.Node("BatchNormalization", name, inputs, epsilon), x.Shape);

        string PerChannel(string part, Tensor values) => Constant($"{name}.{part}", Floats(values), norm.num_features);
    }

    private OnnxValue Write(string name, OnnxValue input, Conv2d conv, IEnumerable<double> factor, float[]? bias)
    {
        float[] weight = Floats(conv.weight);
        int perChannel = weight.Length / (int)conv.out_channels;
        foreach ((int channel, double f) in factor.Index())
        {
            Scale(weight.AsSpan(channel * perChannel, perChannel), f);
        }

        string[] inputs =
        [
            Use(input),
            Constant($"{name}.weight", weight, conv.weight.shape),
            .. bias is null ? [] : new[] { Constant($"{name}.bias", bias, conv.out_channels) },
        ];
        graph.Node("Conv", name, inputs,
            Attribute("kernel_shape", conv.kernel_size), Attribute("strides", conv.stride), Attribute("dilations", conv.dilation),
            Attribute("pads", [.. conv.padding!, .. conv.padding!]), Attribute("group", conv.groups));
        return new OnnxValue(name, ConvolutionGeometry.Of(conv).Output(input.Shape));
    }

    private string Constant(string name, float[] values, params ReadOnlySpan<long> shape) =>
        HalfPrecision ? graph.HalfConstant(name, values, shape) : graph.Constant(name, values, shape);

    private static global::Onnx.AttributeProto[] Window(Pooling pool) =>
    [
        Attribute("kernel_shape", [pool.Kernel, pool.Kernel]),
        Attribute("strides", [pool.Stride, pool.Stride]),
        Attribute("pads", [pool.Padding, pool.Padding, pool.Padding, pool.Padding]),
        Attribute("ceil_mode", pool.CeilMode ? 1 : 0),
    ];

    private string Next(string operation) => $"{operation}_{anonymous++}";

    private static float[] Floats(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().to(ScalarType.Float32).cpu().contiguous().bytes).ToArray();
    }

    private static void Scale(Span<float> values, double factor)
    {
        foreach (ref float value in values) value = (float)(value * factor);
    }

    private static double[] Values(Tensor tensor) => Array.ConvertAll(Floats(tensor), value => (double)value);
}

/// <summary>A value of an ONNX graph, and its shape for one picture.</summary>
internal sealed record OnnxValue(string Name, FeatureMap Shape)
{
    /// <summary>A convolution that is not written yet, and what it reads.</summary>
    public (OnnxValue Input, Conv2d Conv)? Pending { get; init; }
}
