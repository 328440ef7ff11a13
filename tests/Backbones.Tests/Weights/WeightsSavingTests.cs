using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.TinyNetwork;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>Weights that are written, and read back here and by PyTorch.</summary>
[TestClass]
public sealed class WeightsSavingTests
{
    [TestMethod]
    [DataRow("tiny_resnet_d_legacy.pth", ".safetensors")]
    [DataRow("tiny_resnet_d_legacy.pth", ".pth")]
    [DataRow("tiny_resnet_d_fp16.pth", ".safetensors")]
    [DataRow("tiny_resnet_d.safetensors", ".pt")]
    public void What_is_written_reads_back_the_same(string source, string extension)
    {
        using var folder = new TemporaryFolder();
        using WeightSet weights = WeightsFile.Load(Checkpoint(source));
        WeightsFile.Save(weights, folder[$"out{extension}"]);
        using WeightSet back = WeightsFile.Load(folder[$"out{extension}"]);
        AssertEqual(weights, back);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    [DataRow("out.safetensors")]
    [DataRow("out.pth")]
    public void A_network_is_saved_and_stays_usable(string name)
    {
        using var folder = new TemporaryFolder();
        using var network = new Backbone(Spec);
        float[] logits = Logits(network);
        File.WriteAllText(folder[name], "an earlier file");
        network.SaveWeights(folder[name]);
        CollectionAssert.AreEqual(logits, Logits(network));
        using WeightSet back = WeightsFile.Load(folder[name]);
        CollectionAssert.AreEqual(logits, Logits(back));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void What_cannot_be_saved_leaves_the_earlier_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["out.pth"], "an earlier file");
        using Tensor good = ones(2), complex = ones(2, ScalarType.ComplexFloat32);
        var tensors = new Dictionary<string, Tensor> { ["good"] = good, ["complex"] = complex };
        Assert.Throws<ArgumentException>(() => WeightsFile.Save(tensors, folder["out.pth"]));
        Assert.AreEqual("an earlier file", File.ReadAllText(folder["out.pth"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
        Assert.IsFalse(good.IsInvalid);
    }

    [TestMethod]
    public void A_dictionary_of_tensors_is_put_back_exactly_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        using Tensor weight = tensor(new float[] { 1, 2 }), counter = tensor(7L), other = zeros(2),
        started = zeros(1, ScalarType.Int64).squeeze();
        var saved = new Dictionary<string, Tensor> { ["model.weight"] = weight, ["model.bn.num_batches_tracked"] = counter };
        WeightsFile.Save(saved, folder["checkpoint.safetensors"]);
        using WeightSet weights = WeightsFile.Load(folder["checkpoint.safetensors"]);

        weights.CopyTo(new Dictionary<string, Tensor> { ["model.weight"] = other, ["model.bn.num_batches_tracked"] = started });
        CollectionAssert.AreEqual(new float[] { 1, 2 }, other.data<float>().ToArray());
        Assert.AreEqual(7, started.item<long>());

        other.zero_();
        Refuse("model.mean is missing", ("model.weight", other), ("model.bn.num_batches_tracked", started), ("model.mean", started));
        Refuse("model.other.num_batches_tracked is missing; model.bn.num_batches_tracked is unexpected",
            ("model.weight", other), ("model.other.num_batches_tracked", started));
        using Tensor three = zeros(3);
        Refuse("model.weight is [2] in place of [3]", ("model.weight", three), ("model.bn.num_batches_tracked", started));
        CollectionAssert.AreEqual(new float[] { 0, 0 }, other.data<float>().ToArray());

        void Refuse(string problem, params (string Name, Tensor Tensor)[] target) => StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => weights.CopyTo(target.ToDictionary(entry => entry.Name,
                entry => entry.Tensor))).Message,
            $"checkpoint.safetensors: the weights do not fit the tensors, in {(problem.Contains(';') ? "2 places" : "1 place")}: " +
            $"{problem}");
    }

    /// <summary>The layout that the format's page describes: aligned data, no holes.</summary>
    [TestMethod]
    public void A_safetensors_file_is_aligned()
    {
        using var folder = new TemporaryFolder();
        using (var weights = new WeightSet(
            new Dictionary<string, Tensor> { ["b"] = tensor((byte)1), ["a"] = tensor(new float[] { 1, 2 }), ["ä"] = tensor(3L) }, "test"))
            WeightsFile.Save(weights, folder["out.safetensors"]);
        byte[] file = File.ReadAllBytes(folder["out.safetensors"]);
        int header = (int)BitConverter.ToInt64(file);
        Assert.AreEqual(0, header % 8);
        Assert.AreEqual(
            """{"__metadata__":{"format":"pt"},"\u00E4":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"b":{"dtype":"U8","shape":[],"data_offsets":[16,17]}}""",
            System.Text.Encoding.UTF8.GetString(file, 8, header).TrimEnd());
        Assert.HasCount(8 + header + 17, file);
    }

    [TestMethod]
    public void Another_extension_is_refused()
    {
        using var weights = new WeightSet(new Dictionary<string, Tensor>(), "test");
        Assert.AreEqual(
            "'out.onnx' ends in '.onnx'; weights are written as .safetensors or .pth.",
            Assert.ThrowsExactly<ArgumentException>(() => WeightsFile.Save(weights, "out.onnx")).Message);
    }

    [TestMethod]
    [PyTorchInstalled]
    public void PyTorch_reads_what_is_written()
    {
        using var folder = new TemporaryFolder();
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d_legacy.pth"));
        using Tensor transposed = arange(6, ScalarType.BFloat16).reshape(2, 3).t();
        using var all = new WeightSet(weights.Tensors.Append(new("transposed", transposed)).ToDictionary(), "test");
        WeightsFile.Save(all, folder["out.pth"]);
        SystemPython.Run(
            """
            import sys, torch
            ours, theirs = torch.load(sys.argv[1], weights_only=True), torch.load(sys.argv[2])
            transposed = ours.pop('transposed')
            assert transposed.dtype == torch.bfloat16 and torch.equal(transposed.float(), torch.arange(6.).reshape(2, 3).t()), transposed
            assert list(ours) == list(theirs), list(ours)
            assert all(torch.equal(ours[name], theirs[name]) and ours[name].dtype == theirs[name].dtype for name in theirs)
            """,
            folder["out.pth"], Checkpoint("tiny_resnet_d.pth"));
    }

    /// <summary>What training scripts save: optimizer, arguments, numpy's numbers, tensors that share a storage or see it askew.</summary>
    [TestMethod]
    [PyTorchInstalled]
    [DataRow("zip", 2)]
    [DataRow("zip", 4)]
    [DataRow("stream", 2)]
    [DataRow("stream", 4)]
    public void A_training_checkpoint_of_PyTorch_loads(string kind, int protocol)
    {
        using var folder = new TemporaryFolder();
        SystemPython.Run(
            """
            import argparse, sys, numpy, torch
            net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
            optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
            net(torch.randn(2, 3, 8, 8)).sum().backward()
            optimizer.step()
            state = net.state_dict()
            state['view'] = torch.arange(12.).reshape(3, 4).t()[1:]
            state['column'] = torch.arange(6, dtype=torch.bfloat16).reshape(2, 3)[:, 1]
            state['parameter'] = torch.nn.Parameter(torch.tensor([1.5, 2.5]))
            torch.save({
                'model': state, 'optimizer': optimizer.state_dict(), 'args': argparse.Namespace(lr=0.1, device=torch.device('cuda:0'), dtype=torch.float16),
                'best': numpy.float64(71.5), 'epoch': 3, 'history': [1.0, (2, None), {'x': b'y'}], 'size': torch.Size([1, 2]), 'big': 1 << 80, 'mean': torch.tensor(0.5),
            }, sys.argv[1], pickle_protocol=int(sys.argv[2]), _use_new_zipfile_serialization=sys.argv[3] == 'zip')
            """,
            folder["checkpoint.pth"], $"{protocol}", kind);
        using WeightSet weights = WeightsFile.Load(folder["checkpoint.pth"]);
        CollectionAssert.AreEquivalent(
            new[] { "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "view",
                "column", "parameter" },
            weights.Tensors.Keys.ToArray());
        CollectionAssert.AreEqual(
            new float[] { 1, 5, 9, 2, 6, 10, 3, 7, 11 }, weights.Tensors["view"].contiguous().data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 1, 4 }, weights.Tensors["column"].to(ScalarType.Float32).data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 1.5f, 2.5f }, weights.Tensors["parameter"].data<float>().ToArray());
    }

    private static void AssertEqual(WeightSet expected, WeightSet actual)
    {
        CollectionAssert.AreEquivalent(expected.Tensors.Keys.ToArray(), actual.Tensors.Keys.ToArray());
        foreach ((string name, Tensor tensor) in expected.Tensors)
        {
            Assert.AreEqual(tensor.dtype, actual.Tensors[name].dtype, name);
            Assert.IsTrue(tensor.Equals(actual.Tensors[name]), name);
        }
    }
}
