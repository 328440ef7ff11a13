using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Backbones with something that no exporter writes.</summary>
internal static class OnnxFlaws
{
    public static byte[] Make(Action<ModelProto> change)
    {
        ModelProto model = new TinyBackbone().ToModel();
        change(model);
        return model.ToByteArray();
    }

    /// <summary>A small file that takes gigabytes when it runs.</summary>
    public static byte[] Tile() => Make(model =>
    {
        TensorProto repeats = new()
        {
            Name = "repeats",
            DataType = (int)TensorProto.Types.DataType.Int64,
            Dims = { 2 },
            Int64Data = { 1, 1_000_000_000 }
        };
        model.Graph.Initializer.Add(repeats);
        Insert(model, new NodeProto { OpType = "Tile", Input = { "pooled", "repeats" }, Output = { "tiled" } });
    });

    /// <summary>A body that has no end.</summary>
    public static byte[] Loop() => Make(model =>
    {
        NodeProto loop = new() { OpType = "Loop", Input = { "", "", "pooled" }, Output = { "looped" } };
        loop.Attribute.Add(new AttributeProto
        {
            Name = "body",
            Type = AttributeProto.Types.AttributeType.Graph,
            G = new GraphProto { Name = "body" }
        });
        Insert(model, loop);
    });

    /// <summary>Doubles a value over and over, by an operator that backbones do have.</summary>
    public static byte[] Doubling(int times) => Make(model =>
    {
        string value = "pooled";
        for (int i = 0; i < times; i++)
        {
            NodeProto concat = new() { OpType = "Concat", Input = { value, value }, Output = { $"doubled{i}" } };
            concat.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
            Insert(model, concat);
            value = $"doubled{i}";
        }
    });

    /// <summary>Sets a list of numbers of the convolution.</summary>
    public static byte[] Convolution(string attribute, params long[] numbers) => Make(model =>
    {
        AttributeProto list = new() { Name = attribute, Type = AttributeProto.Types.AttributeType.Ints };
        list.Ints.AddRange(numbers);
        model.Graph.Node.Single(node => node.OpType == "Conv").Attribute.Add(list);
    });

    private static void Insert(ModelProto model, NodeProto node) => model.Graph.Node.Insert(model.Graph.Node.Count - 1, node);
}
