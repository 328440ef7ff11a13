using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Values that need one scale: what a Split gives, a Concat takes and a MaxPool passes on is then moved byte by byte, and fuses.
/// </summary>
internal sealed class ScaleGroups
{
    private readonly Dictionary<string, string> parents;

    /// <param name="values">The values that are rounded.</param>
    /// <param name="nodes">The operators that compute in integers.</param>
    public ScaleGroups(IReadOnlyList<string> values, IEnumerable<NodeProto> nodes)
    {
        parents = values.ToDictionary(value => value);
        foreach (NodeProto node in nodes.Where(node => node.OpType is "Split" or "Concat" or "MaxPool" or "AveragePool"))
        {
            foreach (string value in node.Input.Concat(node.Output).Where(parents.ContainsKey)) Join(node.Input[0], value);
        }
    }

    /// <summary>The value that a group is named by.</summary>
    public string Of(string value)
    {
        while (parents[value] != value) value = parents[value];
        return value;
    }

    private void Join(string one, string other) => parents[Of(other)] = Of(one);
}
