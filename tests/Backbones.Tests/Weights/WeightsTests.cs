using Backbones.Tests.Reference;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.TinyNetwork;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>Files that load, and files that are refused.</summary>
[TestClass]
public sealed class WeightsTests
{
    private const string Pwned = "/tmp/resnetmlnet-pwned";

    [TestMethod]
    [DataRow("tiny_resnet_d.safetensors")]
    [DataRow("tiny_resnet_d.pth")]
    [DataRow("tiny_resnet_d_legacy.pth")]
    [DataRow("tiny_resnet_d_wrapped.pth.tar")]
    public void A_file_gives_the_logits_of_PyTorch(string file)
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint(file));
        AssertLogits(ExpectedLogits, Logits(weights), 1e-5);
    }

    /// <summary>
    /// Half precision rounds each weight by up to 2^-11 of itself, so the logits are those of rounded weights (1e-5, as above), which
    /// are near those of the weights themselves: fourteen layers, each off by at most 2^-11 of its output.
    /// </summary>
    [TestMethod]
    public void Half_precision_gives_the_logits_of_rounded_weights()
    {
        using WeightSet half = WeightsFile.Load(Checkpoint("tiny_resnet_d_fp16.pth")), single = WeightsFile.Load(
            Checkpoint("tiny_resnet_d.pth"));
        Assert.AreEqual(ScalarType.Float16, half.Tensors["conv1.0.weight"].dtype);
        using var rounded = new WeightSet(
            single.Tensors.ToDictionary(entry => entry.Key,
                entry => entry.Value.is_floating_point() ? entry.Value.to(ScalarType.Float16) : entry.Value.clone()), "rounded");

        float[] logits = Logits(half);

        AssertLogits([.. Logits(rounded).Select(logit => (double)logit)], logits, 1e-5);
        AssertLogits(ExpectedLogits, logits, 14 * Math.Pow(2, -11) * ExpectedLogits.Max(Math.Abs));
    }

    [TestMethod]
    public void A_checkpoint_of_TorchSharp_loads()
    {
        using var saved = new Backbone(Spec);
        WeightRule.Apply(saved);
        using var folder = new TemporaryFolder();
        string path = folder["network.dat"];
        saved.save(path);
        using WeightSet weights = WeightsFile.Load(path);
        AssertLogits(ExpectedLogits, Logits(weights), 1e-5);
    }

    [TestMethod]
    public void The_ONNX_file_of_the_package_loads_by_its_content()
    {
        using WeightSet weights = WeightsFile.Load(MLNetResNet18.DefaultPath);
        using var backbone = new Backbone(BackboneRegistry.Find("resnet18_mlnet"));
        backbone.LoadWeights(weights);
        Assert.AreEqual(MLNetResNet18.DefaultPath, backbone.WeightsOrigin);
    }

    [TestMethod]
    [DataRow("truncated.safetensors", "safetensors file", "bytes of data")]
    [DataRow("header_too_long.safetensors", "safetensors file", "it announces a header of")]
    [DataRow("offsets_out_of_range.safetensors", "safetensors file", "bytes of data")]
    [DataRow(
        "truncated.pth", "PyTorch file", "it starts as a zip file and has no sound directory at its end, so it was probably cut short")]
    public void A_damaged_file_is_refused_with_its_name_and_the_damage(string file, string kind, string damage)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(Checkpoint(file)));
        StringAssert.StartsWith(error.Message, $"'{Checkpoint(file)}' is not a valid {kind}: ");
        StringAssert.Contains(error.Message, damage);
    }

    [TestMethod]
    public void A_hostile_file_is_refused_by_its_global_and_executes_nothing()
    {
        File.Delete(Pwned);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(Checkpoint("malicious.pth")));
        Assert.AreEqual(
            $"'{Checkpoint("malicious.pth")}' is not a valid PyTorch file: it asks for the global 'posix.system', " +
            "which can run programs; it was refused, and nothing was executed.",
            error.Message);
        Assert.IsFalse(File.Exists(Pwned));
    }

    [TestMethod]
    [DataRow("", "It is empty.")]
    [DataRow("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "It is a pointer of Git LFS: `git lfs pull` fetches the file itself.")]
    [DataRow("<!DOCTYPE html><html>404</html>", "It is a page of HTML or XML: what was downloaded is not the file.")]
    public void A_file_of_another_kind_says_what_it_looks_like(string content, string advice)
    {
        using var folder = new TemporaryFolder();
        string path = folder["weights.pth"];
        File.WriteAllText(path, content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(path));
        Assert.AreEqual(
            $"'{path}' is not a weights file: safetensors, PyTorch's .pth (zip files and the stream of before 1.6), TorchSharp's " +
            $"checkpoints, exported ONNX " +
            $"files, ML.NET models with one, and the ONNX file of package Microsoft.ML.DnnImageFeaturizer.ResNet18 are read. {advice}",
            error.Message);
    }

    [TestMethod]
    public void A_missing_file_is_named() =>
        Assert.AreEqual("There is no weights file 'nowhere.pth'.",
            Assert.ThrowsExactly<FileNotFoundException>(() => WeightsFile.Load("nowhere.pth")).Message);

    [TestMethod]
    public void Weights_that_do_not_fit_are_listed_and_change_nothing()
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.safetensors"));
        using var backbone = new Backbone(Spec with { Classes = 3, Depths = new(2, 1, 1, 1), Shortcut = Shortcut.Convolution });
        using Tensor before = backbone.state_dict()["bn1.weight"].clone();

        var error = Assert.ThrowsExactly<InvalidDataException>(() => backbone.LoadWeights(weights));

        StringAssert.Contains(error.Message, "the weights do not fit backbone 'tiny'");
        StringAssert.Contains(error.Message, "layer1.1.conv1.weight is missing");
        StringAssert.Contains(error.Message, "layer1.0.downsample.2.weight is unexpected");
        StringAssert.Contains(error.Message, "layer1.0.downsample.1.weight is [8, 16, 1, 1] in place of [8]");
        Assert.IsTrue(before.equal(backbone.state_dict()["bn1.weight"]).all().item<bool>());
        Assert.AreEqual("fresh", backbone.WeightsOrigin);
    }

    [TestMethod]
    public void Without_strictness_names_may_differ_and_are_returned_but_shapes_may_not()
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.safetensors"));
        using var deeper = new Backbone(Spec with { Depths = new(2, 1, 1, 1) });
        WeightLoadingReport report = deeper.LoadWeights(weights, new WeightLoadingOptions { Strict = false });
        CollectionAssert.Contains(report.Missing.ToArray(), "layer1.1.conv1.weight");
        Assert.IsEmpty(report.Unexpected);

        using var wider = new Backbone(Spec with { Planes = 16 });
        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => wider.LoadWeights(weights, new WeightLoadingOptions { Strict = false }));
        StringAssert.Contains(error.Message, "layer1.0.bn1.weight is [8] in place of [16]");
    }

    [TestMethod]
    [DataRow(3, "a fresh classifier of 3 classes in place of its own of 10")]
    [DataRow(0, "without its classifier")]
    [DataRow(10, null)]
    public void A_classifier_of_another_size_is_replaced_on_request(int classes, string? remark)
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.pth"));
        using var backbone = new Backbone(Spec with { Classes = classes });
        using Tensor? fresh = classes == 0 ? null : backbone.state_dict()["fc.weight"].clone();

        WeightLoadingReport report = backbone.LoadWeights(weights, new WeightLoadingOptions { ReplaceClassifier = true });

        Assert.AreEqual(remark, report.Classifier);
        Assert.AreEqual(remark is null ? weights.Origin : $"{weights.Origin}, {remark}", backbone.WeightsOrigin);
        if (fresh is not null) Assert.AreEqual(remark is not null, fresh.equal(backbone.state_dict()["fc.weight"]).all().item<bool>());
    }

    [TestMethod]
    public void Where_only_the_classifier_differs_the_way_out_is_said()
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.pth"));
        using var backbone = new Backbone(Spec with { Classes = 3 });
        Assert.AreEqual(
            $"{weights.Origin}: the weights do not fit backbone 'tiny', in 2 places: fc.weight is [10, 64] in place of [3, 64]; fc.bias " +
            $"is [10] in place of [3]. " +
            "Only the classifier differs: say how many classes the network is to have; where the weights have another number, the " +
            "classifier starts fresh.",
            Assert.ThrowsExactly<InvalidDataException>(() => backbone.LoadWeights(weights)).Message);
    }
}
