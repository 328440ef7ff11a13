using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// The smallest file that keeps the contract: one convolution with pseudo-random weights, Relu, the mean over the picture.
/// The parts are public, so that a test can spoil one.
/// </summary>
internal sealed class TinyBackbone
{
    public const int FeatureCount = 8;
    public const int ClassCount = 3;
    private const int Kernel = 3;

    public int ImageSize { get; init; } = 32;

    public string InputName { get; init; } = OnnxContract.PixelsInput;

    public string OutputName { get; init; } = OnnxContract.Features;

    /// <summary>Whether the file has <c>logits</c> too: the first features, negated.</summary>
    public bool Logits { get; init; }

    public Dictionary<string, string> Metadata { get; } = new()
    {
        [OnnxContract.Keys.Version] = "1",
        [OnnxContract.Keys.Architecture] = "tiny",
        [OnnxContract.Keys.ImageSize] = "32",
        [OnnxContract.Keys.CropFraction] = "0.875",
        [OnnxContract.Keys.Interpolation] = "bilinear",
    };

    private static float[] Weights { get; } = Numbers(seed: 1, FeatureCount * 3 * Kernel * Kernel, scale: 0.01f);

    private static float[] Bias { get; } = Numbers(seed: 2, FeatureCount, scale: 0.5f);

    public byte[] ToBytes() => ToModel().ToByteArray();

    public string Write(string path)
    {
        File.WriteAllBytes(path, ToBytes());
        return path;
    }

    public ModelProto ToModel()
    {
        GraphProto graph = new() { Name = "tiny" };
        graph.Input.Add(Value(InputName, TensorProto.Types.DataType.Uint8, ImageSize, ImageSize, 3));
        graph.Output.Add(Value(OutputName, TensorProto.Types.DataType.Float, FeatureCount));
        graph.Initializer.Add(Tensor("weights", Weights, FeatureCount, 3, Kernel, Kernel));
        graph.Initializer.Add(Tensor("bias", Bias, FeatureCount));

        AttributeProto permutation = new() { Name = "perm", Type = AttributeProto.Types.AttributeType.Ints };
        permutation.Ints.AddRange([0, 3, 1, 2]);
        graph.Node.Add(Node("Cast", "float", [InputName],
            new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)TensorProto.Types.DataType.Float }));
        graph.Node.Add(Node("Transpose", "channels_first", ["float"], permutation));
        graph.Node.Add(Node("Conv", "conv", ["channels_first", "weights", "bias"]));
        graph.Node.Add(Node("Relu", "relu", ["conv"]));
        graph.Node.Add(Node("GlobalAveragePool", "pooled", ["relu"]));
        graph.Node.Add(Node("Flatten", OutputName, ["pooled"]));
        if (Logits)
        {
            graph.Output.Add(Value(OnnxContract.Logits, TensorProto.Types.DataType.Float, ClassCount));
            graph.Initializer.Add(Tensor("classes",
                [.. Enumerable.Range(0, FeatureCount * ClassCount).Select(i => i / ClassCount == i % ClassCount ? -1f : 0f)], FeatureCount,
                    ClassCount));
            graph.Node.Add(Node("MatMul", OnnxContract.Logits, [OutputName, "classes"]));
        }


        ModelProto model = new() { IrVersion = 8, Graph = graph, ProducerName = "tests" };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        foreach ((string key, string value) in Metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return model;
    }

    /// <summary>What the network is to give for those pixels, worked out the long way.</summary>
    public static float[] Expected(ReadOnlySpan<byte> pixels, int size)
    {
        float[] features = new float[FeatureCount];
        int outputs = size - Kernel + 1;
        for (int feature = 0; feature < FeatureCount; feature++)
        {
            double mean = 0;
            for (int y = 0; y < outputs; y++)
            {
                for (int x = 0; x < outputs; x++)
                {
                    double sum = Bias[feature];
                    for (int i = 0; i < 3 * Kernel * Kernel; i++)
                    {
                        (int channel, int dy, int dx) = (i / (Kernel * Kernel), i / Kernel % Kernel, i % Kernel);
                        sum += Weights[feature * 3 * Kernel * Kernel + i] * pixels[((y + dy) * size + x + dx) * 3 + channel];
                    }

                    mean += Math.Max(sum, 0) / (outputs * outputs);
                }
            }

            features[feature] = (float)mean;
        }

        return features;
    }

    private static float[] Numbers(int seed, int count, float scale)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.45f) * scale)];
    }

    private static NodeProto Node(string type, string output, string[] inputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    private static TensorProto Tensor(string name, float[] values, params long[] dimensions)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(dimensions);
        tensor.FloatData.AddRange(values);
        return tensor;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params long[] behindTheBatch)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        shape.Dim.AddRange(behindTheBatch.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
