using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>ONNX files that no exporter writes are refused before ONNX Runtime opens them.</summary>
[TestClass]
public sealed class HostileBackboneTests
{
    private const int Seconds = 20;

    [TestMethod]
    public void Numbers_in_another_file_are_refused() => AssertFlaw(
        "a constant 'weights' whose numbers lie in another file",
        OnnxFlaws.Make(model =>
        {
            model.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External;
            model.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "secret.bin" });
        }));

    [TestMethod]
    public void Graphs_in_operators_are_refused() =>
        AssertFlaw("an operator 'Loop' with 'body', which is not a number, a text or a constant", OnnxFlaws.Loop());

    [TestMethod]
    public void Unknown_operators_are_refused() => AssertFlaw("an operator 'Tile', which ResNetMLNet does not write", OnnxFlaws.Tile());

    [TestMethod]
    public void Operators_of_other_domains_are_refused()
    {
        AssertFlaw("operators of the domain 'com.microsoft', which ResNetMLNet does not write",
            OnnxFlaws.Make(model => model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 })));
        AssertFlaw("an operator 'Relu' of the domain 'evil', which ResNetMLNet does not write",
            OnnxFlaws.Make(model => model.Graph.Node.Single(node => node.OpType == "Relu").Domain = "evil"));
    }

    [TestMethod]
    [DataRow("strides", 0L, 1L)]
    [DataRow("strides", -1L, 1L)]
    [DataRow("strides", 1L << 40, 1L)]
    [DataRow("strides", 1L)]
    [DataRow("dilations", 0L, 0L)]
    [DataRow("kernel_shape", 2_000_000_000L, 2_000_000_000L)]
    [DataRow("kernel_shape")]
    [DataRow("pads", long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue)]
    public void Windows_that_are_not_possible_are_refused(string attribute, params long[] numbers) =>
        AssertFlaw("an operator 'Conv', named 'conv', whose numbers do not fit", OnnxFlaws.Convolution(attribute, numbers));

    [TestMethod]
    public void Constants_that_are_not_in_the_file_are_refused()
    {
        AssertFlaw("a constant 'weights' of 54 numbers, and 216 are in the file",
            OnnxFlaws.Make(model => model.Graph.Initializer[0].Dims[0] = 2));
        AssertFlaw("a constant 'weights' with the shape [4000000000, 3, 3, 3]",
            OnnxFlaws.Make(model => model.Graph.Initializer[0].Dims[0] = 4_000_000_000));
        AssertFlaw("a constant 'weights' with the shape [-8, 3, 3, 3]", OnnxFlaws.Make(model => model.Graph.Initializer[0].Dims[0] = -8));
    }

    [TestMethod]
    [Timeout(Seconds * 1000)]
    public void Values_that_grow_without_end_are_refused()
    {
        foreach (int times in new[] { 24, 60 })
            Assert.Contains(" multiplications, more than any backbone for 3072 numbers", Error(OnnxFlaws.Doubling(times)));
    }

    [TestMethod]
    public void Names_with_control_characters_are_refused() => AssertFlaw(
        @"a name with control characters, '\u001b[2J'", OnnxFlaws.Make(model => model.Graph.Node[0].Name = "\u001b[2J"));

    [TestMethod]
    public void A_million_empty_parts_are_refused_unparsed() =>
        Assert.AreEqual("'b.onnx' has more parts than any backbone.", Error(Field(7, ManyNodes)));

    [TestMethod]
    public void Parts_are_counted_however_deep_they_are()
    {
        byte[] graph = ManyNodes;
        // A graph in an attribute of a node of a graph, and so on.
        for (int depth = 0; depth < 8; depth++) graph = Field(1, Field(5, Field(6, graph)));
        Assert.AreEqual("'b.onnx' has more parts than any backbone.", Error(Field(7, graph)));
    }

    /// <summary>The parser of protobuf skips what it does not know, and a group hides where it ends.</summary>
    [TestMethod]
    public void A_group_hides_no_parts()
    {
        byte[] group = [0xa3, 0x06, 0xa4, 0x06];
        const string Refusal = "'b.onnx' cannot be opened as an ONNX model: it is truncated, damaged or something else.";
        Assert.AreEqual(Refusal, Error([.. group, .. Field(7, ManyNodes)]));
        Assert.AreEqual(Refusal, Error(Field(7, [.. group, .. ManyNodes])));
    }

    private static byte[] ManyNodes => [.. Enumerable.Repeat<byte[]>([0x0a, 0], 1_000_000).SelectMany(node => node)];

    private static byte[] Field(int number, byte[] content)
    {
        using MemoryStream message = new();
        CodedOutputStream writer = new(message);
        writer.WriteTag(number, WireFormat.WireType.LengthDelimited);
        writer.WriteBytes(ByteString.CopyFrom(content));
        writer.Flush();
        return message.ToArray();
    }

    [TestMethod]
    public void A_crop_that_is_not_possible_is_refused() => Assert.StartsWith(
        "'b.onnx' has unusable metadata. A crop fraction this small would resize images to more than 1048576 pixels.",
        Error(new TinyBackbone { Metadata = { [OnnxContract.Keys.CropFraction] = "1e-320" } }.ToBytes()));

    /// <summary>Seeded: what a mutation makes of a backbone opens and runs, or is one InvalidDataException.</summary>
    [TestMethod]
    [Timeout(Seconds * 1000)]
    public void Structural_mutations_are_one_sentence_each()
    {
        Random random = new(7);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] model = OnnxFlaws.Make(proto => Mutate(proto, random));
            try
            {
                using BackboneFile backbone = Open(model);
                backbone.Run(new byte[32 * 32 * 3], new float[backbone.FeatureCount], 1, CancellationToken.None);
            }
            catch (InvalidDataException error)
            {
                Assert.IsFalse(error.Message.Any(char.IsControl), error.Message);
                refused++;
            }
        }

        Assert.IsGreaterThan(100, refused);
    }

    private static void Mutate(ModelProto model, Random random)
    {
        long[] numbers = [0, -1, 1, 2, 3, 7, 32, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue];
        string[] types = ["Conv", "Gemm", "MaxPool", "Split", "Concat", "Flatten", "Reshape", "Transpose", "ReduceMean", "Softmax",
            "Slice", "Pad", "Cast", "Squeeze"];
        GraphProto graph = model.Graph;
        for (int change = random.Next(1, 3); change > 0; change--)
        {
            NodeProto node = graph.Node[random.Next(graph.Node.Count)];
            TensorProto tensor = graph.Initializer[random.Next(graph.Initializer.Count)];
            ValueInfoProto value = random.Next(2) == 0 ? graph.Input[0] : graph.Output[0];
            switch (random.Next(13))
            {
                case 0: graph.Node.Remove(node); break;
                case 1: graph.Node.Add(node.Clone()); break;
                case 2: node.OpType = types[random.Next(types.Length)]; break;
                case 3 when node.Input.Count > 0: node.Input.RemoveAt(random.Next(node.Input.Count)); break;
                case 4: node.Input.Add(random.Next(2) == 0 ? "pooled" : ""); break;
                case 5 when node.Attribute.Count > 0: node.Attribute.RemoveAt(0); break;
                case 6 when node.Attribute.Count > 0 && node.Attribute[0].Ints.Count > 0:
                    node.Attribute[0].Ints[0] =
                    numbers[random.Next(numbers.Length)]; break;
                case 7 when node.Attribute.Count > 0: node.Attribute[0].I = numbers[random.Next(numbers.Length)]; break;
                case 8: tensor.Dims[random.Next(tensor.Dims.Count)] = numbers[random.Next(numbers.Length)]; break;
                case 9: tensor.DataType = random.Next(20); break;
                case 10 when value.Type?.TensorType is not null:
                    value.Type.TensorType.Shape.Dim[random.Next(
                    value.Type.TensorType.Shape.Dim.Count)].DimValue = numbers[random.Next(numbers.Length)]; break;
                case 11 when value.Type?.TensorType is not null: value.Type.TensorType.ElemType = random.Next(20); break;
                case 12: value.Type = random.Next(2) == 0 ? null : new TypeProto(); break;
                default: graph.Node.Remove(node); graph.Node.Insert(random.Next(graph.Node.Count), node); break;
            }

            if (graph.Node.Count == 0) return;
        }
    }

    private static void AssertFlaw(string flaw, byte[] model) => Assert.AreEqual(
        $"'b.onnx' is not a backbone to run: it has {flaw}. `resnet-mlnet export NAME --output FILE` writes one.", Error(model));

    private static string Error(byte[] model) => Assert.ThrowsExactly<InvalidDataException>(() => Open(model)).Message;

    private static BackboneFile Open(byte[] model) =>
        BackboneFile.Open(model, "b.onnx", new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }, CudaProbe.ThisMachine);
}
