using Onnx;

namespace ResNetMLNet;

/// <summary>
/// The shape of every value of a backbone's graph for one image, worked out from the inputs, as ONNX defines the operators that backbones
/// have. Where that fails, numbers of the file do not fit each other.
/// </summary>
internal sealed class OnnxShapes
{
    // No array holds more.
    private const long ElementLimit = 1L << 30;

    // For each number of the inputs and beside that in all, so that small images may have wide networks. The catalog needs 1,000 values and
    // 150,000 multiplications for each number of an image.
    private const long ValuesPerInput = 5_000, ValuesBeside = 60_000_000, WorkPerInput = 1_000_000, WorkBeside = 2_000_000_000;

    private const int RankLimit = 6, WindowLimit = 1024;

    private readonly Dictionary<string, long[]> shapes = [];
    private long values, work;
    private readonly Dictionary<string, TensorProto> constants = [];
    private NodeProto node = new();

    private OnnxShapes()
    {
    }

    /// <returns>What does not fit in the graph, as the end of a sentence that starts with "it has"; null where all fits.</returns>
    public static string? Flaw(GraphProto graph)
    {
        OnnxShapes shapes = new();
        try
        {
            return shapes.Run(graph);
        }
        catch (Exception failure) when (failure is OverflowException or IndexOutOfRangeException or ArgumentException
            or InvalidOperationException or KeyNotFoundException)
        {
            return shapes.Misfit();
        }
    }

    /// <summary>The shape of each value for one image, of a graph without <see cref="Flaw"/>.</summary>
    public static Dictionary<string, long[]> Of(GraphProto graph)
    {
        OnnxShapes shapes = new();
        shapes.Run(graph);
        return shapes.shapes;
    }

    /// <returns>The product of the dimensions; null where one is negative or the product is more than any value of a backbone
    /// has.</returns>
    public static long? Elements(ReadOnlySpan<long> shape)
    {
        long count = 1;
        if (shape.Length > RankLimit) return null;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || (dimension > 0 && count > ElementLimit / dimension)) return null;
            count *= dimension;
        }

        return count;
    }

    private string? Run(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (!shapes.TryAdd(tensor.Name, [.. tensor.Dims])) return $"two values named '{DisplayText.Of(tensor.Name)}'";
            constants[tensor.Name] = tensor;
        }

        foreach (ValueInfoProto input in graph.Input)
        {
            if (shapes.ContainsKey(input.Name)) return $"two values named '{DisplayText.Of(input.Name)}'";
            shapes[input.Name] = Declared(input);
            if (Elements(shapes[input.Name]) is null or 0) return $"an input '{DisplayText.Of(input.Name)}' of an impossible shape";
        }

        long inputs = Math.Min(ElementLimit, graph.Input.Sum(input => Elements(shapes[input.Name])!.Value));
        foreach (NodeProto next in graph.Node)
        {
            node = next;
            long[][] outputs = Outputs();
            if (outputs.Length == 0) return $"an operator '{DisplayText.Of(node.OpType)}', which ResNetMLNet does not write";
            if (outputs.Length < node.Output.Count) return Misfit();
            for (int i = 0; i < node.Output.Count; i++)
            {
                if (Elements(outputs[i]) is null or 0 || !shapes.TryAdd(node.Output[i], outputs[i])) return Misfit();
                values += Elements(outputs[i])!.Value;
            }

            if (values > ValuesBeside + ValuesPerInput * inputs || work > WorkBeside + WorkPerInput * inputs)
                return $"{values} values and {work} multiplications, more than any backbone for {inputs} numbers";
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            // A stage's map, which an explanation asks for, is declared without a shape.
            if (!shapes.TryGetValue(output.Name, out long[]? shape))
                return $"an output '{DisplayText.Of(output.Name)}' that nothing computes";
            if (output.Type?.TensorType?.Shape is { } declared && (declared.Dim.Count != shape.Length
                || declared.Dim.Index().Any(d => d.Item.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue
                    && d.Item.DimValue != shape[d.Index] && d.Index > 0)))
                return $"an output '{DisplayText.Of(output.Name)}' of another shape than it declares";
        }

        return null;
    }

    private string Misfit() => node.OpType == "" ? "inputs without a shape"
        : $"an operator '{DisplayText.Of(node.OpType)}', named '{DisplayText.Of(node.Name)}', whose numbers do not fit";

    // A dimension that the caller chooses is the number of images: 1.
    private static long[] Declared(ValueInfoProto value) => value.Type?.TensorType?.Shape is { } shape
        ? [.. shape.Dim.Select(dimension => dimension.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue
            ? dimension.DimValue : 1)]
        : throw new ArgumentException("No shape.");

    /// <returns>The outputs' shapes; none for an operator that is not known.</returns>
    private long[][] Outputs() => node.OpType switch
    {
        "Cast" or "Relu" or "LeakyRelu" or "Clip" or "Sigmoid" or "HardSigmoid" or "HardSwish" or "Softmax" or "LpNormalization"
            or "Identity"
            or "BatchNormalization" or "QuantizeLinear" or "DequantizeLinear" or "Sqrt" or "Neg" => [Shape(0)],
        "DynamicQuantizeLinear" => [Shape(0), [], []],
        "Add" or "Sub" or "Mul" or "Div" or "Sum" or "Max" or "Min" =>
            [Enumerable.Range(0, node.Input.Count).Select(Shape).Aggregate(Broadcast)],
        "Conv" or "ConvInteger" => [Convolved(Shape(0), Shape(1))],
        "QLinearConv" => [Convolved(Shape(0), Shape(3))],
        "Gemm" => [Multiplied(Turned(Shape(0), "transA"), Turned(Shape(1), "transB"))],
        "MatMul" or "MatMulInteger" => [Multiplied(Shape(0), Shape(1))],
        "QLinearMatMul" => [Multiplied(Shape(0), Shape(3))],
        "MaxPool" or "AveragePool" => [Pooled(Shape(0))],
        "GlobalAveragePool" or "GlobalMaxPool" => [[Map(Shape(0))[0], Shape(0)[1], 1, 1]],
        "Transpose" => [Permuted(Shape(0))],
        "Concat" => [Joined()],
        "Split" => Parts(),
        "Slice" => [Sliced(Shape(0))],
        "Flatten" => [Flat(Shape(0), (int)Number("axis", 1))],
        "Reshape" => [Reshaped(Shape(0), Constant(1))],
        "Squeeze" => [[.. Shape(0).Index().Where(d => !Axes(1, Shape(0).Length).Contains(d.Index)).Select(d => d.Item)]],
        "Unsqueeze" => [Unsqueezed(Shape(0))],
        "ReduceMean" or "ReduceSum" or "ReduceMax" => [Reduced(Shape(0))],
        "Pad" => [Padded(Shape(0), Constant(1))],
        "Constant" => [[.. (Attribute("value").T ?? throw new KeyNotFoundException()).Dims]],
        _ => [],
    };

    private long[] Shape(int input) => shapes[node.Input[input]];

    private AttributeProto? Find(string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    private AttributeProto Attribute(string name) => Find(name) ?? throw new KeyNotFoundException();

    private long Number(string name, long otherwise) => Find(name)?.I ?? otherwise;

    private long[] Numbers(string name, params long[] otherwise) => Find(name) is { } attribute
        ? attribute.Ints.Count == otherwise.Length ? [.. attribute.Ints] : throw new ArgumentException("The list has another length.")
        : otherwise;

    /// <summary>A list of whole numbers that is a constant of the graph.</summary>
    private long[] Constant(int input)
    {
        TensorProto tensor = constants[node.Input[input]];
        if (tensor.DataType != (int)TensorProto.Types.DataType.Int64) throw new ArgumentException("Not whole numbers.");
        return tensor.RawData.Length > 0 ? [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(tensor.RawData.Span)]
            : [.. tensor.Int64Data];
    }

    private HashSet<int> Axes(int input, int rank) =>
        [.. (Find("axes") is { } attribute ? [.. attribute.Ints] : node.Input.Count > input
            ? Constant(input) : throw new KeyNotFoundException()).Select(axis => Axis(axis, rank))];

    private static int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis) : throw new ArgumentException("No such axis.");

    private static long[] Map(long[] shape) => shape.Length == 4 ? shape : throw new ArgumentException("Not a map [N, C, H, W].");

    private static long[] Broadcast(long[] x, long[] y)
    {
        int rank = Math.Max(x.Length, y.Length);
        return [.. Enumerable.Range(0, rank).Select(i => At(x, i) == At(y, i) || At(y, i) == 1 ? At(x, i) : At(x, i) == 1
            ? At(y, i) : throw new ArgumentException("Shapes differ."))];

        long At(long[] shape, int index) => index < rank - shape.Length ? 1 : shape[index - rank + shape.Length];
    }

    private long[] Convolved(long[] x, long[] weight)
    {
        long[] kernel = Numbers("kernel_shape", Map(weight)[2], weight[3]);
        long group = Number("group", 1);
        if (kernel[0] != weight[2] || kernel[1] != weight[3] || group < 1 || weight[0] % group != 0
            || checked(weight[1] * group) != Map(x)[1])
            throw new ArgumentException("Weights of another shape.");
        long[] output = [x[0], weight[0], .. Windows(x, kernel)];
        Compute(output, weight[1] * kernel[0] * kernel[1]);
        return output;
    }

    private long[] Pooled(long[] x)
    {
        if (Find("kernel_shape") is null) throw new KeyNotFoundException();
        long[] kernel = Numbers("kernel_shape", 1, 1), output = [Map(x)[0], x[1], .. Windows(x, kernel)];
        Compute(output, kernel[0] * kernel[1]);
        return output;
    }

    private long[] Windows(long[] x, long[] kernel)
    {
        long[] strides = Numbers("strides", 1, 1), dilations = Numbers("dilations", 1, 1), pads = Numbers("pads", 0, 0, 0, 0);
        if (kernel.Concat(strides).Concat(dilations).Any(number => number is < 1 or > WindowLimit)
            || pads.Any(pad => pad is < 0 or > WindowLimit)
            || Find("auto_pad") is { } auto && auto.S.ToStringUtf8() != "NOTSET")
            throw new ArgumentException("Windows that are not possible.");
        return [.. Enumerable.Range(0, 2).Select(i =>
        {
            long room = x[2 + i] + pads[i] + pads[2 + i] - dilations[i] * (kernel[i] - 1) - 1;
            if (room < 0) throw new ArgumentException("A window larger than the map.");
            long size = (room + (Number("ceil_mode", 0) == 1 ? strides[i] - 1 : 0)) / strides[i] + 1;
            // no window begins in the padding behind
            return Number("ceil_mode", 0) == 1 && (size - 1) * strides[i] >= x[2 + i] + pads[i] ? size - 1 : size;
        })];
    }

    private long[] Turned(long[] matrix, string attribute) =>
        matrix.Length != 2 ? throw new ArgumentException("Not a matrix.") : Number(attribute, 0) == 0 ? matrix : [matrix[1], matrix[0]];

    private long[] Multiplied(long[] x, long[] y)
    {
        if (x.Length < 2 || y.Length < 2 || x[^1] != y[^2]) throw new ArgumentException("Matrices of other shapes.");
        long[] output = [.. Broadcast(x[..^2], y[..^2]), x[^2], y[^1]];
        Compute(output, x[^1]);
        return output;
    }

    private void Compute(long[] output, long multiplications) =>
        work += checked((Elements(output) ?? throw new ArgumentException("Too much.")) * multiplications);

    private long[] Permuted(long[] x)
    {
        long[] order = Numbers("perm", [.. Enumerable.Range(0, x.Length).Select(i => (long)(x.Length - 1 - i))]);
        return order.Order().SequenceEqual(Enumerable.Range(0, x.Length).Select(i => (long)i))
            ? [.. order.Select(i => x[i])] : throw new ArgumentException("Not an order.");
    }

    private long[] Joined()
    {
        long[] joined = [.. Shape(0)];
        int axis = Axis(Attribute("axis").I, joined.Length);
        for (int i = 1; i < node.Input.Count; i++)
        {
            long[] other = Shape(i);
            if (other.Length != joined.Length || other.Index().Any(d => d.Index != axis && d.Item != joined[d.Index]))
                throw new ArgumentException("Shapes differ.");
            joined[axis] = checked(joined[axis] + other[axis]);
        }

        return joined;
    }

    private long[][] Parts()
    {
        long[] x = Shape(0);
        int axis = Axis(Number("axis", 0), x.Length), count = node.Output.Count;
        long[] sizes = node.Input.Count > 1 ? Constant(1) : Find("split") is { } split
            ? [.. split.Ints] : [.. Enumerable.Repeat(x[axis] / count, count)];
        if (sizes.Length != count || sizes.Any(size => size < 0 || size > x[axis]) || sizes.Sum() != x[axis])
            throw new ArgumentException("Parts that are not the whole.");
        return [.. sizes.Select(size => (long[])[.. x.Select((dimension, i) => i == axis ? size : dimension)])];
    }

    // A slice is at most the whole: its exact length only where one goes through all, forwards or backwards.
    private long[] Sliced(long[] x)
    {
        long[] starts = Constant(1), ends = Constant(2), axes = node.Input.Count > 3
            ? Constant(3) : [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        long[] steps = node.Input.Count > 4 ? Constant(4) : [.. starts.Select(_ => 1L)];
        long[] sliced = [.. x];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = Axis(axes[i], x.Length);
            long length = x[axis], step = steps[i];
            if (step is 0 or long.MinValue) throw new ArgumentException("A step of nothing.");
            long start = Within(starts[i], step < 0 ? length - 1 : length), end = Within(ends[i], step < 0 ? length - 1 : length);
            sliced[axis] = step > 0 ? Math.Max(0, (end - start + step - 1) / step) : Math.Max(0, (start - end - step - 1) / -step);

            long Within(long index, long last) => Math.Clamp(index < 0 && index >= -length ? index + length : index, step < 0
                ? -1 : 0, last);
        }

        return sliced;
    }

    private static long[] Flat(long[] x, int axis) => axis >= -x.Length && axis <= x.Length
        ? [Elements(x.AsSpan(0, axis < 0 ? axis + x.Length : axis))!.Value, Elements(x.AsSpan(axis < 0 ? axis + x.Length : axis))!.Value]
        : throw new ArgumentException("No such axis.");

    private static long[] Reshaped(long[] x, long[] wanted)
    {
        long[] shape = [.. wanted.Select((dimension, i) => dimension == 0 ? x[i] : dimension)];
        int free = Array.IndexOf(shape, -1);
        long whole = Elements(x)!.Value, rest = Elements([.. shape.Where((_, i) => i != free)])!.Value;
        if (free >= 0)
            shape[free] = rest > 0 && whole % rest == 0 ? whole / rest : throw new ArgumentException("Another number of elements.");
        return Elements(shape) == whole ? shape : throw new ArgumentException("Another number of elements.");
    }

    private long[] Unsqueezed(long[] x)
    {
        int rank = x.Length + (Find("axes")?.Ints.Count ?? Constant(1).Length);
        HashSet<int> added = Axes(1, rank);
        Queue<long> rest = new(x);
        return [.. Enumerable.Range(0, rank).Select(i => added.Contains(i) ? 1 : rest.Dequeue())];
    }

    private long[] Reduced(long[] x)
    {
        HashSet<int> axes = Axes(1, x.Length);
        bool keep = Number("keepdims", 1) != 0;
        return [.. x.Select((dimension, i) => axes.Contains(i) ? keep ? 1 : -1 : dimension).Where(dimension => dimension != -1)];
    }

    private static long[] Padded(long[] x, long[] pads) => pads.Length == 2 * x.Length && pads.All(pad => pad is >= 0 and <= WindowLimit)
        ? [.. x.Select((dimension, i) => dimension + pads[i] + pads[x.Length + i])]
        : throw new ArgumentException("Padding that is not possible.");
}
