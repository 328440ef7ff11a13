using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A part of a network that can be written in other forms that compute the same.</summary>
internal sealed record RewriteSite
{
    /// <summary>Names it in reports.</summary>
    public required string Name { get; init; }

    /// <summary>The value that it reads.</summary>
    public required string Input { get; init; }

    /// <summary>The value that it computes.</summary>
    public required string Output { get; init; }

    /// <summary>Its nodes, in the order in which they are computed.</summary>
    public required IReadOnlyList<NodeProto> Nodes { get; init; }

    /// <summary>The other forms, that which is usually best first.</summary>
    public required IReadOnlyList<RewriteForm> Forms { get; init; }
}

/// <summary>A form that a part of a network can be written in.</summary>
/// <param name="Description">What it is, in words.</param>
/// <param name="Apply">Changes a graph that has the nodes of the part, under the same names.</param>
internal sealed record RewriteForm(string Description, Action<GraphProto> Apply);
