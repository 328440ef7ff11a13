using System.Globalization;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>The dictionaries inside a pickle's value, each once, however often the value refers to it.</summary>
internal static class PickleWalk
{
    // Lightning's checkpoint inside a tuner's inside a list has three.
    private const int DepthLimit = 5;

    /// <summary>The outer ones first.</summary>
    public static IEnumerable<PickleNode> Dictionaries(object? root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var queue = new Queue<PickleNode>();
        Visit(root, null, "");
        while (queue.TryDequeue(out PickleNode? node))
        {
            if (node.Value is PickleDictionary dictionary)
            {
                yield return node;
                foreach ((string name, object? value) in dictionary.Named()) Visit(value, node, name);
            }
            else
            {
                foreach ((int index, object? value) in ((IEnumerable<object?>)node.Value).Index()) Visit(value, node, index);
            }
        }

        void Visit(object? value, PickleNode? parent, object key)
        {
            if (value is PickleDictionary { Entries.Count: > 0 } or List<object?> { Count: > 0 } or object?[] { Length: > 0 }
                && (parent?.Depth ?? 0) < DepthLimit && seen.Add(value)) queue.Enqueue(new PickleNode(value, parent, key));
        }
    }
}

/// <summary>A value inside others.</summary>
/// <param name="Value">The dictionary, list or tuple.</param>
/// <param name="Parent">What it is in.</param>
/// <param name="Key">Its name there, or its number.</param>
internal sealed record PickleNode(object Value, PickleNode? Parent, object Key)
{
    private const int KeyLimit = 60;

    /// <summary>How many values it is in, itself included.</summary>
    public int Depth { get; } = (Parent?.Depth ?? 0) + 1;

    /// <summary>The names that lead to it, joined by dots; empty for the outermost.</summary>
    public string Place => Parent is null ? "" : $"{(Parent.Place is { Length: > 0 } outer ? $"{outer}." : "")}{Short(Key)}";

    private static string Short(object key) => key is string name
        ? name.Length > KeyLimit ? name[..KeyLimit] : name
        : string.Create(CultureInfo.InvariantCulture, $"{key}");
}
