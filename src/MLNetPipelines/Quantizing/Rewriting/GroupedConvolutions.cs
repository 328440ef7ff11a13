using Onnx;
using static ResNetMLNet.OnnxGraph;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A grouped convolution as several dense ones side by side, whose weights are zero between groups: ONNX Runtime's fast integer kernel
/// takes no groups. ResNeXt, SE-ResNeXt and SK have them.
/// </summary>
internal static class GroupedConvolutions
{
    // Fewer channels do not fill the kernel's registers.
    private const int FewestChannels = 16, UsualChannels = 32;

    public static IEnumerable<RewriteSite> Sites(NetworkGraph graph)
    {
        foreach (NodeProto node in graph.Nodes.Where(node => node.OpType == "Conv" && node.Input.Skip(1).All(graph.IsConstant)))
        {
            TensorProto weight = graph.Constant(node.Input[1]);
            long groups = NetworkGraph.Number(node, "group", 1), inputs = weight.Dims[1] * groups;
            long[] parts = [.. new long[] { 8, 4, 2 }.Where(count => groups % count == 0 && count < groups
                && inputs / count >= FewestChannels && weight.Dims[0] / count >= FewestChannels)];
            if (groups == inputs || parts.Length == 0) continue;
            NodeProto? relu = graph.OnlyConsumerOf(node.Output[0]) is { OpType: "Relu" } next ? next : null;
            yield return new RewriteSite
            {
                Name = node.Name,
                Input = node.Input[0],
                Output = (relu ?? node).Output[0],
                Nodes = relu is null ? [node] : [node, relu],
                Forms = [.. parts.OrderByDescending(count => inputs / count >= UsualChannels).ThenByDescending(count => count)
                    .Select(count => new RewriteForm(
                        $"{count} convolutions of {inputs / count} channels in place of {groups} groups",
                        target => Write(target, node.Name, (int)count)))],
            };
        }
    }

    private static void Write(GraphProto target, string name, int parts)
    {
        NodeProto node = target.Node.First(other => other.Name == name);
        NodeProto? relu = target.Node.FirstOrDefault(other => other.OpType == "Relu" && other.Input[0] == node.Output[0]);
        TensorProto weight = Constant(node.Input[1]);
        float[][] weights = Dense(weight, (int)NetworkGraph.Number(node, "group", 1), parts);
        float[][]? biases = node.Input.Count > 2
            ? [.. NetworkGraph.Floats(Constant(node.Input[2])).Chunk((int)weight.Dims[0] / parts)] : null;
        int place = target.Node.IndexOf(node);
        List<NodeProto> after = [.. target.Node.Skip(place + 1).Where(other => other != relu)];
        while (target.Node.Count > place) target.Node.RemoveAt(place);
        foreach (string constant in node.Input.Skip(1)) target.Initializer.Remove(Constant(constant));

        var graph = new OnnxGraph(target);
        string[] pieces = [.. Enumerable.Range(0, parts).Select(part => $"{name}.input{part}")];
        graph.Node("Split", pieces, [node.Input[0]], Attribute("axis", 1));
        for (int part = 0; part < parts; part++)
        {
            long outputs = weight.Dims[0] / parts, channels = weights[part].Length / outputs / Positions(weight);
            string weightName = graph.Constant(
                $"{name}.part{part}.weight", weights[part], outputs, channels, weight.Dims[2], weight.Dims[3]);
            string[] inputs = biases is null
                ? [pieces[part], weightName]
                : [pieces[part], weightName, graph.Constant($"{name}.part{part}.bias", biases[part], biases[part].Length)];
            AttributeProto[] attributes = [.. node.Attribute.Where(attribute => attribute.Name != "group"), Attribute("group", 1)];
            pieces[part] = graph.Node("Conv", $"{name}.part{part}", inputs, attributes);
            if (relu is not null) pieces[part] = graph.Node("Relu", $"{relu.Name}.part{part}", [pieces[part]]);
        }

        graph.Node("Concat", (relu ?? node).Output[0], pieces, Attribute("axis", 1));
        target.Node.Add(after);

        TensorProto Constant(string constant) => target.Initializer.First(tensor => tensor.Name == constant);
    }

    private static long Positions(TensorProto weight) => weight.Dims[2] * weight.Dims[3];

    /// <summary>[O, I/groups, h, w] of a grouped convolution -> [O/parts, I/parts, h, w] of each part, zero between its groups.</summary>
    private static float[][] Dense(TensorProto weight, int groups, int parts)
    {
        ReadOnlySpan<float> grouped = NetworkGraph.Floats(weight);
        int outputs = (int)weight.Dims[0], perGroup = (int)weight.Dims[1], row = (int)(perGroup * Positions(weight));
        int outputsOfPart = outputs / parts, outputsOfGroup = outputs / groups, wide = row * (groups / parts);
        float[][] dense = [.. Enumerable.Range(0, parts).Select(_ => new float[outputsOfPart * wide])];
        for (int output = 0; output < outputs; output++)
        {
            (int part, int local) = (output / outputsOfPart, output % outputsOfPart);
            int group = output / outputsOfGroup % (groups / parts);
            grouped.Slice(output * row, row).CopyTo(dense[part].AsSpan(local * wide + group * row, row));
        }

        return dense;
    }
}
