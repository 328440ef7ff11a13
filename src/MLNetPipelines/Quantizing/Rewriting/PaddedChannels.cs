using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Pieces of a Res2Net block with zeros for channels, up to a multiple of 16: ONNX Runtime's integer kernels compute 16 at a time, and fall
/// back to slow ones for what is left.
/// </summary>
internal static class PaddedChannels
{
    private const int Multiple = 16;

    public static IEnumerable<RewriteSite> Sites(NetworkGraph graph)
    {
        Dictionary<string, long[]> shapes = OnnxShapes.Of(graph.Model.Graph);
        foreach (NodeProto split in graph.Nodes.Where(node => node.OpType == "Split" && node.Input.Count == 1
            && NetworkGraph.Number(node, "axis", 0) == 1))
        {
            int width = (int)shapes[split.Output[0]][1];
            if (width % Multiple == 0 || Of(graph, split, width) is not { } pieces) continue;
            yield return new RewriteSite
            {
                Name = pieces.Before.Name,
                Input = pieces.Before.Input[0],
                Output = pieces.After.Output[0],
                Nodes = [.. graph.Nodes.Where(pieces.All.Contains)],
                Forms = [new RewriteForm($"pieces of {width} channels padded to {Padded(width)}", target => Write(target, pieces, width))],
            };
        }
    }

    /// <returns>The convolutions around and between the pieces; null where something else reads or makes them.</returns>
    private static Pieces? Of(NetworkGraph graph, NodeProto split, int width)
    {
        NodeProto? source = graph.ProducerOf(split.Input[0]);
        NodeProto? before = source is { OpType: "Relu" } ? graph.ProducerOf(source.Input[0]) : source;
        if (before is null || !IsDense(graph, before) || graph.OnlyConsumerOf(split.Input[0]) != split
            || (source != before && graph.OnlyConsumerOf(before.Output[0]) != source)) return null;
        HashSet<string> inside = [.. split.Output];
        HashSet<NodeProto> all = [before, source!, split];
        List<NodeProto> between = [];
        NodeProto? join = null;
        foreach (NodeProto node in graph.Nodes.SkipWhile(node => node != split).Skip(1).Where(node => node.Input.Any(inside.Contains)))
        {
            if (!graph.Data(node).All(inside.Contains) || node.Output.Any(graph.IsOutput)) return null;
            all.Add(node);
            switch (node.OpType)
            {
                case "Relu" or "Add" or "MaxPool" or "AveragePool":
                    break;
                case "Conv" when IsDense(graph, node) && graph.Constant(node.Input[1]).Dims is [var outputs, var inputs, ..]
                    && outputs == width && inputs == width:
                    between.Add(node);
                    break;
                case "Concat" when join is null && NetworkGraph.Number(node, "axis", 0) == 1:
                    join = node;
                    continue;
                default:
                    return null;
            }

            inside.UnionWith(node.Output);
        }

        if (join is null || graph.OnlyConsumerOf(join.Output[0]) is not { } after || !IsDense(graph, after)) return null;
        all.Add(after);
        return new Pieces(before, between, after, all);
    }

    private static bool IsDense(NetworkGraph graph, NodeProto node) => node.OpType == "Conv"
        && NetworkGraph.Number(node, "group", 1) == 1
        && node.Input.Skip(1).All(constant => graph.IsConstant(constant) && graph.ConsumersOf(constant).Count == 1);

    private static int Padded(int width) => (width + Multiple - 1) / Multiple * Multiple;

    private static void Write(GraphProto target, Pieces pieces, int width)
    {
        Pad(target, pieces.Before, width, outputs: true, inputs: false);
        foreach (NodeProto node in pieces.Between) Pad(target, node, width, outputs: true, inputs: true);
        Pad(target, pieces.After, width, outputs: false, inputs: true);
    }

    private static void Pad(GraphProto target, NodeProto node, int width, bool outputs, bool inputs)
    {
        TensorProto weight = Constant(node.Input[1]);
        if (inputs) Pad(weight, axis: 1, width);
        if (!outputs) return;
        Pad(weight, axis: 0, width);
        if (node.Input.Count > 2) Pad(Constant(node.Input[2]), axis: 0, width);

        TensorProto Constant(string name) => target.Initializer.First(tensor => tensor.Name == name);
    }

    /// <summary>Puts zeros behind every <paramref name="width"/> of an axis.</summary>
    private static void Pad(TensorProto tensor, int axis, int width)
    {
        float[] numbers = NetworkGraph.Floats(tensor);
        int inner = (int)tensor.Dims.Skip(axis + 1).Aggregate(1L, (product, size) => product * size), padded = Padded(width);
        int blocks = numbers.Length / (width * inner);
        float[] wide = new float[blocks * padded * inner];
        for (int block = 0; block < blocks; block++)
            numbers.AsSpan(block * width * inner, width * inner).CopyTo(wide.AsSpan(block * padded * inner));
        tensor.Dims[axis] = tensor.Dims[axis] / width * padded;
        tensor.FloatData.Clear();
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(wide.AsSpan()));
    }

    /// <param name="Before">The convolution whose output is parted.</param>
    /// <param name="Between">Those that read and give one piece.</param>
    /// <param name="After">The convolution that reads the joined pieces.</param>
    /// <param name="All">All nodes from the first to the last.</param>
    private sealed record Pieces(NodeProto Before, IReadOnlyList<NodeProto> Between, NodeProto After, IReadOnlySet<NodeProto> All);
}
