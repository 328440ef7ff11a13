using System.IO.Compression;
using System.Text;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.PickleBuilder;

namespace Backbones.Tests.Weights;

/// <summary>
/// Files that a stranger made: each is refused in one short sentence that cannot steer a terminal, or read, in under two seconds and within
/// memory that its size explains.
/// </summary>
[TestClass]
[DoNotParallelize] // it measures the process's memory
public sealed class StrangersWeightsTests
{
    private const long MemoryLimit = 300_000_000;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10); // of processor time: a busy machine takes longer, but not more

    private static readonly byte[] Magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    [TestMethod]
    [DataRow("ansi.pth", @"x.pth: the weights do not fit backbone 'tiny': none of its 1 names is one of the network's; they are " +
        @"'\u001b[2J\u001b[31mOWNED\u001b]0;title\u0007\u000aerror: all is well\u000d'.")]
    [DataRow("ansi.safetensors", @"'x.pth' is not a valid safetensors file: tensor '\u001b[2J\u001b[31mOWNED\u000d\u000aerror: x' of shape [9] has 4 bytes.")]
    [DataRow("deep.safetensors", "'x.pth' is not a valid safetensors file: tensor 'a' has 'a', which the format lacks.")]
    [DataRow("hole.safetensors", "'x.pth' is not a valid safetensors file: 8 bytes before tensor 'a' belong to none.")]
    [DataRow("newobj_ex.pth", "'x.pth' is not a valid PyTorch file: it asks for the global 'os.system', which can run programs; it was " +
        "refused, and nothing was executed.")]
    [DataRow("traversal.pth", "'x.pth' is not a valid PyTorch file: a storage's key is '../../../../etc/passwd', which is not a number.")]
    [DataRow("key_50k.pth", "'x.pth' is not a valid PyTorch file: its list of storages has a key that is not a text.")]
    [DataRow("kxm.pth", "'x.pth' is not a valid PyTorch file: it has more than 10000 tensors, as no network of the family has.")]
    [DataRow(
        "references_2500.pth", "x.pth: the weights do not fit backbone 'tiny': none of its 2500 names is one of the network's; they are ")]
    public void A_file_of_a_stranger_is_refused_in_a_sentence(string file, string message) =>
        StringAssert.StartsWith(Refuse(File.ReadAllBytes(TinyNetwork.Checkpoint($"strangers/{file}"))), message);

    /// <summary>
    /// In the old stream each use of a storage can say how long it is: what was checked was the last, what was read the first.
    /// </summary>
    [TestMethod]
    public void A_storage_that_is_described_in_two_ways_is_refused()
    {
        float[] elements = new float[500_000];
        PickleBuilder saved = new PickleBuilder().Raw("}(");
        for (int i = 0; i < 1000; i++) saved.Text($"t{i}").Tensor(i == 999 ? 1 : elements.Length, 0, [1], [1], key: "7");
        byte[] stream =
        [
            .. Magic, .. new PickleBuilder().Integer(1001).ToArray(), .. new PickleBuilder().Raw("}").ToArray(),
            .. saved.Raw("u").ToArray(),
            .. new PickleBuilder().Raw("]").Text("7").Raw("a").ToArray(), .. BitConverter.GetBytes(1L), .. elements.SelectMany(
                BitConverter.GetBytes),
        ];
        Assert.AreEqual("'x.pth' is not a valid PyTorch file: storage '7' is described in two ways.", Refuse(stream));
    }

    [TestMethod]
    [DataRow('}', 16_000_000, "its pickle has more values than any network's weights.")]
    [DataRow(']', 16_000_000, "its pickle has more values than any network's weights.")]
    [DataRow('(', 16_000_000, "its pickle has more values than any network's weights.")]
    [DataRow(')', 3_000_000, "it holds no state_dict.")]
    [DataRow('N', 16_000_000, "its pickle has more values than any network's weights.")]
    public void An_opcode_repeated_is_cheap(char opcode, int count, string refusal) =>
        Assert.AreEqual(
            $"'x.pth' is not a valid PyTorch file: {refusal}", Refuse(new PickleBuilder().Raw(new string(opcode, count)).ToZip()));

    /// <summary>The memo: a value kept again and again, and a long text that becomes a key, or a storage's key, a million times.</summary>
    [TestMethod]
    public void What_is_recalled_again_and_again_is_cheap()
    {
        Refuse(new PickleBuilder().Raw("N").Raw(new string('\u0094', 15_000_000)).ToZip());
        Refuse(new PickleBuilder().Text(new string('k', 8_000_000)).Raw("q\0").Raw("}(")
            .Raw(string.Concat(Enumerable.Repeat("h\0N", 500_000))).Raw("u").ToZip());
        Refuse(new PickleBuilder().Raw("((").Text("storage").Global("torch", "FloatStorage").Text(new string('1', 4_000_000)).Text("cpu")
            .Integer(1).Raw("tq\0")
            .Raw(string.Concat(Enumerable.Repeat("h\0Q0", 500_000))).Raw("N").ToZip());
        Refuse(new PickleBuilder().Raw("(").Raw(new string(')', 1_000_000)).Raw("tq\0")
            .Raw(string.Concat(Enumerable.Repeat("ctorch._utils\n_rebuild_tensor\n(h\0h\0h\0h\0tR0", 100_000))).Raw("N").ToZip());
    }

    /// <summary>Many dictionaries of one tensor each, deep and wide, and one with too many.</summary>
    [TestMethod]
    public void Many_dictionaries_of_tensors_are_cheap()
    {
        PickleBuilder Tensor() => new PickleBuilder().Raw("0").Tensor(1, 0, [1], [1]).Raw("q\0");
        string one = "}X\u0001\0\0\0kh\0s";
        Refuse(new PickleBuilder().Raw("N").Raw(Tensor().ToArray().AsSpan()[2..^1]).Raw("](")
            .Raw(string.Concat(Enumerable.Repeat(one, 400_000))).Raw("e").ToZip([1]));
        var names = new StringBuilder();
        for (int i = 0; i < 400_000; i++) names.Append(System.Globalization.CultureInfo.InvariantCulture, $"X\u0006\0\0\0{i:D6}h\0");
        Assert.AreEqual(
            "'x.pth' is not a valid PyTorch file: it has more than 10000 tensors, as no network of the family has.",
            Refuse(
                new PickleBuilder().Raw("N").Raw(Tensor().ToArray().AsSpan()[2..^1]).Raw("}(").Raw(names.ToString()).Raw("u").ToZip([1])));
    }

    /// <summary>A name of a million prefixes, and names of as many parts as fit, each of which could be one.</summary>
    [TestMethod]
    public void Prefixes_are_counted()
    {
        string endless = string.Concat(Enumerable.Repeat("module.", 1_000_000));
        string refusal = Refuse(
            CheckpointBuilder.Zip(new Dictionary<string, object?> { [endless] = new CheckpointBuilder.Values([1], [1]) }));
        StringAssert.Contains(refusal, "has a name of 7000000 characters; the limit is 512");
        Refuse(CheckpointBuilder.Zip(Enumerable.Range(0, 5000).ToDictionary(
            i => $"{i:D4}.{string.Concat(Enumerable.Repeat("module.", 70))}conv1.0.weight", _ =>
                (object?)new CheckpointBuilder.Values([1], [1]))));
    }

    [TestMethod]
    public void A_compressed_bomb_is_refused()
    {
        byte[] bomb = Zip(CompressionLevel.Optimal,
            ("x/data.pkl", new PickleBuilder().Raw("}").Text("w").Tensor(50_000_000, 0, [50_000_000], [1]).Raw("s").ToArray()),
            ("x/data/0", new byte[200_000_000]));
        Assert.IsLessThan(300_000, bomb.Length);
        Assert.AreEqual("'x.pth' is not a valid PyTorch file: its tensors take 200000000 bytes, and the file has "
            + $"{bomb.Length} in all.", Refuse(bomb));

        bomb = Zip(CompressionLevel.Optimal,
            ("x/data.pkl", new PickleBuilder().Raw("}").Text("w").Tensor(50_000_000, 0, [1], [1]).Raw("s").ToArray()),
            ("x/data/0", new byte[200_000_000]));
        Assert.AreEqual(
            "'x.pth' is not a valid PyTorch file: its entries unpack to more than 20 times the file, as weights do not.", Refuse(bomb));
    }

    /// <summary>Messages of protobuf are two bytes, the objects that a parser makes of them a hundred times as much.</summary>
    [TestMethod]
    public void An_ONNX_file_of_empty_parts_is_cheap()
    {
        byte[] nodes = [.. Enumerable.Repeat<byte[]>([0x0a, 0], 4_000_000).SelectMany(node => node)];
        byte[] length = new byte[5];
        Google.Protobuf.CodedOutputStream output = new(length);
        output.WriteLength(nodes.Length);
        output.Flush();
        byte[] head = [0x08, 8, 0x3a, .. length[..4]];
        Refuse([.. head, .. nodes]);
    }

    /// <summary>What loading the file and putting it into a network says, where it must be refused, fast and within memory.</summary>
    private static string Refuse(byte[] file)
    {
        string message = "";
        TimeSpan time = TimeSpan.Zero;
        long memory = NativeMemory.PeakGrowth(() =>
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            message = Assert.ThrowsExactly<InvalidDataException>(() =>
            {
                using WeightSet weights = Load(file);
                using var network = new Backbone(TinyNetwork.Spec);
                network.LoadWeights(weights);
            }).Message;
            time = Environment.CpuUsage.TotalTime - before;
        });
        Assert.IsLessThan(TimeLimit, time, message);
        Assert.IsLessThan(MemoryLimit, memory, message);
        Assert.IsLessThan(1200, message.Length);
        Assert.IsTrue(message.All(letter => !char.IsControl(letter)), message);
        return message;
    }
}
