using System.IO.Compression;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.CheckpointBuilder;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>Where the weights are in what training scripts save: each file here is one that people have.</summary>
[TestClass]
public sealed class StateDictSearchTests
{
    /// <summary>Each of them gives the logits of PyTorch, and says what was taken.</summary>
    public static IEnumerable<object?[]> Prefixes =>
    [
        ["DataParallel", "module.", (string[])[]],
        ["SWA and torchvision's EMA", "module.", (string[])["n_averaged"]],
        ["DataParallel in SWA", "module.module.", (string[])["n_averaged"]],
        ["Lightning with a criterion and a metric", "model.", (string[])["criterion.weight", "train_accuracy.total"]],
        ["MoCo", "module.encoder_q.", (string[])["module.queue", "module.queue_ptr"]],
        ["SimSiam", "encoder.", (string[])["predictor.0.weight", "projector.1.bias"]],
        ["a part of a detector", "backbone.body.", (string[])["backbone.fpn.layer_blocks.0.weight", "rpn.head.conv.0.bias"]],
        ["someone's own", "net.", (string[])[]],
        ["someone else's", "resnet.", (string[])["dropout.mask"]],
        ["FSDP", "_fsdp_wrapped_module.", (string[])[]],
        ["torch.compile", "_orig_mod.", (string[])[]],
        ["Lightning and torch.compile", "model._orig_mod.", (string[])[]],
    ];

    [TestMethod]
    [DynamicData(nameof(Prefixes))]
    public void One_prefix_before_all_that_matters_is_found(string kind, string prefix, string[] beside)
    {
        Dictionary<string, object?> saved = Tiny(name => prefix + name);
        foreach (string name in beside) saved.Add(name, new Values([1, 2], [2]));
        using WeightSet weights = PickleBuilder.Load(Zip(saved));
        WeightLoadingReport report = AssertFits(weights);
        CollectionAssert.AreEqual(beside, report.Beside.ToArray(), kind);
        string text = string.Concat(
            prefix.Split('.').Where(part => part is not ("" or "_fsdp_wrapped_module" or "_orig_mod")).Select(part => $"{part}."));
        Assert.AreEqual(text.Length == 0 ? null : $"the names after '{text}'", report.Choice, kind);
    }

    [TestMethod]
    public void Wrappers_of_parts_are_transparent() =>
        AssertFits(PickleBuilder.Load(Zip(Tiny(
            name => name.Replace("layer2.0.", "layer2._checkpoint_wrapped_module.0._fsdp_wrapped_module.", StringComparison.Ordinal)))));

    [TestMethod]
    public void OpenMMLabs_classifier_is_in_its_head()
    {
        Dictionary<string, object?> saved = Tiny(
            name => name.StartsWith("fc.", StringComparison.Ordinal) ? $"head.{name}" : $"backbone.{name}");
        AssertFits(PickleBuilder.Load(
            Zip(new Dictionary<string, object?> { ["meta"] = new Dictionary<string, object?> { ["epoch"] = 3 }, ["state_dict"] = saved })));
    }

    /// <summary>
    /// A classifier beside a backbone may take features that were changed in between, as the product's own of a tuning does.
    /// </summary>
    [TestMethod]
    public void A_classifier_beside_a_backbone_is_not_taken_in_silence()
    {
        byte[] file = Zip(Tiny(name => name.StartsWith("fc.", StringComparison.Ordinal) ? name : $"backbone.{name}"));
        using WeightSet weights = PickleBuilder.Load(file);
        using var network = new Backbone(TinyNetwork.Spec);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => network.LoadWeights(weights)).Message,
            "fc.weight is missing; fc.bias is missing. Compared was the names after 'backbone.'.");
        network.LoadWeights(weights, new WeightLoadingOptions { ReplaceClassifier = true });
        Assert.AreEqual(
            "x.pth, the names after 'backbone.', a fresh classifier of 10 classes, since the one beside the backbone may take features " +
            "that were changed",
            network.WeightsOrigin);
        using var features = new Backbone(TinyNetwork.Spec with { Classes = 0 });
        features.LoadWeights(weights);
    }

    [TestMethod]
    public void A_classifier_behind_dropout_is_the_classifier() =>
        AssertFits(PickleBuilder.Load(Zip(Tiny(name => name.Replace("fc.", "fc.1.", StringComparison.Ordinal)))));

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_classifier_that_is_a_convolution_of_one_pixel_is_not_replaced(bool replace)
    {
        Dictionary<string, object?> saved = Tiny();
        saved["fc.weight"] = (Values)saved["fc.weight"]! with { Shape = [10, 64, 1, 1] };
        using WeightSet weights = PickleBuilder.Load(Zip(saved));
        Assert.IsNull(AssertFits(weights, new WeightLoadingOptions { ReplaceClassifier = replace }).Classifier);
    }

    [TestMethod]
    public void A_classifier_of_as_many_classes_on_other_features_is_refused()
    {
        Dictionary<string, object?> saved = Tiny();
        saved["fc.weight"] = new Values(new float[320], [10, 32]);
        using WeightSet weights = PickleBuilder.Load(Zip(saved));
        using var network = new Backbone(TinyNetwork.Spec);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => network.LoadWeights(weights,
                new WeightLoadingOptions { ReplaceClassifier = true })).Message,
            "fc.weight is [10, 32] in place of [10, 64]");
    }

    /// <summary>Which of two dictionaries: the average, if it is whole; the one that fits; the one that is not empty.</summary>
    [TestMethod]
    public void The_dictionary_that_fits_best_is_taken()
    {
        Dictionary<string, object?> good = Tiny(), zeros = good.ToDictionary(
            entry => entry.Key, entry => (object?)Zeros((Values)entry.Value!));
        (string Expected, Dictionary<string, object?> Saved)[] cases =
        [
            ("'state_dict'", new() { ["state_dict_ema"] = new Dictionary<string, object?>(), ["state_dict"] = good }),
            ("'state_dict'", new() { ["state_dict_ema"] = null, ["state_dict"] = good, ["epoch"] = 1 }),
            ("'state_dict_ema'", new() { ["state_dict"] = zeros, ["state_dict_ema"] = good }),
            ("'model_ema', the names after 'module.'",
                new() { ["model"] = zeros, ["model_ema"] = WithPrefix(good, "module.", "n_averaged"), ["optimizer"] = Optimizer() }),
            ("'model'", new() { ["model"] = good, ["model_ema"] = new Dictionary<string,
                object?> { ["conv1.0.weight"] = zeros["conv1.0.weight"] } }),
            ("'teacher', the names after 'backbone.'",
                new() { ["student"] = WithPrefix(zeros, "backbone."), ["teacher"] = WithPrefix(good, "backbone.") }),
            ("'checkpoint.weights'", new() { ["checkpoint"] = new Dictionary<string, object?> { ["weights"] = good },
                ["best"] = new Values([0.5f], []) }),
            ("'discriminator'", new() { ["discriminator"] = good, ["generator"] = new Dictionary<string,
                object?> { ["conv1.weight"] = new Values([1], [1]) } }),
            ("'0'", new() { ["0"] = good }),
        ];
        foreach ((string expected, Dictionary<string, object?> saved) in cases)
        {
            using WeightSet weights = PickleBuilder.Load(Zip(saved));
            Assert.AreEqual(expected, AssertFits(weights).Choice);
        }
        using WeightSet listed = PickleBuilder.Load(Zip(new object?[] { good, Optimizer() }));
        Assert.AreEqual("'0'", AssertFits(listed).Choice);
    }

    [TestMethod]
    public void Two_that_fit_equally_are_not_chosen_between()
    {
        StringAssert.Contains(
            PickleBuilder.Refusal(Zip(new Dictionary<string, object?> { ["net1"] = Tiny(), ["net2"] = Tiny() })),
            "it holds several state_dicts, 'net1' and 'net2'; save the one that is meant on its own.");
        using WeightSet weights = PickleBuilder.Load(Zip(Tiny(name => $"net1.{name}").Concat(Tiny(name => $"net2.{name}")).ToDictionary()));
        using var network = new Backbone(TinyNetwork.Spec);
        Assert.AreEqual(
            "x.pth: two networks fit equally, behind 'net1.' and 'net2.'; save the one that is meant on its own.",
            Assert.ThrowsExactly<InvalidDataException>(() => network.LoadWeights(weights)).Message);
    }

    /// <summary>The message has the nearest prefix, and ten names of each file at most.</summary>
    [TestMethod]
    public void Weights_of_another_network_are_described_in_short()
    {
        using WeightSet near = PickleBuilder.Load(Zip(Tiny(name => $"module.{name}")));
        using var larger = new Backbone(TinyNetwork.Spec with { Depths = new(3, 3, 3, 3) });
        string message = Assert.ThrowsExactly<InvalidDataException>(() => larger.LoadWeights(near)).Message;
        StringAssert.StartsWith(message, "x.pth: the weights do not fit backbone 'tiny', in 80 places: layer1.1.conv1.weight is missing; ");
        StringAssert.EndsWith(message, "; and 70 more. Compared was the names after 'module.'.");
        Assert.AreEqual(10, message.Split(" is missing").Length - 1);

        using WeightSet far = PickleBuilder.Load(
            Zip(Enumerable.Range(0, 30).ToDictionary(i => $"blocks.{i}.w", _ => (object?)new Values([1], [1]))));
        Assert.AreEqual(
            "x.pth: the weights do not fit backbone 'tiny': none of its 30 names is one of the network's; they are " +
            $"{string.Join(", ", Enumerable.Range(0, 10).Select(i => $"'blocks.{i}.w'"))} and others.",
            Assert.ThrowsExactly<InvalidDataException>(() => larger.LoadWeights(far)).Message);
    }

    /// <summary>What other frameworks make of the counter of batches: it is read whatever its type and shape, and may be absent.</summary>
    [TestMethod]
    public void The_counter_of_batches_may_be_of_any_type()
    {
        using WeightSet plain = WeightsFile.Load(TinyNetwork.Checkpoint("tiny_resnet_d.safetensors"));
        foreach (Func<Tensor>? counter in new Func<Tensor>?[] { () => tensor(7f), () => tensor(7), () => tensor(new long[] { 7 }),
            () => tensor(new double[,] { { 7 } }), null })
        {
            var changed = new Dictionary<string, Tensor>();
            foreach ((string name, Tensor value) in plain.Tensors)
            {
                if (!name.EndsWith("num_batches_tracked", StringComparison.Ordinal)) changed.Add(name, value.alias());
                else if (counter is not null) changed.Add(name, counter());
            }
            using var weights = new WeightSet(changed, "test");
            using var network = new Backbone(TinyNetwork.Spec);
            network.LoadWeights(weights);
            using Tensor tracked = network.state_dict()["bn1.num_batches_tracked"];
            Assert.AreEqual(counter is null ? 0L : 7L, tracked.item<long>());
            TinyNetwork.AssertLogits(TinyNetwork.ExpectedLogits, TinyNetwork.Logits(network), 1e-5);
        }
    }

    [TestMethod]
    public void An_expanded_tensor_is_read()
    {
        Dictionary<string, object?> saved = Tiny();
        saved["bn1.weight"] = new Values([1.5f], [16], Strides: [0]);
        using WeightSet weights = PickleBuilder.Load(Zip(saved));
        using var network = new Backbone(TinyNetwork.Spec);
        network.LoadWeights(weights);
        CollectionAssert.AreEqual(Enumerable.Repeat(1.5f, 16).ToArray(), network.state_dict()["bn1.weight"].data<float>().ToArray());
    }

    [TestMethod]
    [DataRow(CompressionLevel.Optimal)]
    [DataRow(CompressionLevel.NoCompression)]
    public void A_file_that_was_zipped_again_loads(CompressionLevel level) => AssertFits(PickleBuilder.Load(Zip(Tiny(), level)));

    /// <summary>
    /// Objects beside the weights are never made, whatever they are; their opcodes are those that pickle writes for them.
    /// </summary>
    public static IEnumerable<object?[]> Objects =>
    [
        ["a class", (Action<PickleBuilder>)(pickle => pickle.Global("mylib.losses", "FocalLoss"))],
        ["an object with attributes", (Action<PickleBuilder>)(pickle => pickle.Global("mylib.losses", "FocalLoss").Raw(")\u0081}")
            .Text("gamma").Raw("K\u0002sb"))],
        ["a copy", (Action<PickleBuilder>)(pickle => pickle.Global("copyreg", "_reconstructor").Raw("(").Global("a", "B")
            .Global("builtins", "object").Raw("NtR}b"))],
        ["named arguments", (Action<PickleBuilder>)(pickle => pickle.Global("a", "B").Raw(")}\u0092"))],
        ["a dictionary of its own", (Action<PickleBuilder>)(pickle => pickle.Global("easydict", "EasyDict").Raw(")\u0081(").Text("lr").Raw(
            "K\u0001u"))],
        ["a list of its own", (Action<PickleBuilder>)(pickle => pickle.Global("a", "List").Raw(")\u0081(K\u0001e"))],
        ["a numpy array", (Action<PickleBuilder>)(pickle => pickle.Global("numpy.core.multiarray", "_reconstruct").Raw("(").Global(
            "numpy", "ndarray")
            .Raw("K\0\u0085C\u0001btR(K\u0001K\u0001\u0085").Global("numpy", "dtype").Raw(
                "(U\u0002f8\u0089\u0088tR(K\u0003U\u0001<NNNK\0tb\u0089C\u0008\0\0\0\0\0\0\0\0tb"))],
        ["numpy's random state", (Action<PickleBuilder>)(pickle => pickle.Global("numpy.random._pickle", "__randomstate_ctor").Raw(
            "U\u0007MT19937\u0085R}b"))],
        ["a path", (Action<PickleBuilder>)(pickle => pickle.Global("pathlib", "PosixPath").Raw("(U\u0001/U\u0003etctR"))],
        ["a defaultdict", (Action<PickleBuilder>)(pickle => pickle.Global("collections", "defaultdict").Global("builtins", "list").Raw(
            "\u0085R(U\u0001aK\u0001u"))],
        ["a set", (Action<PickleBuilder>)(pickle => pickle.Global("builtins", "set").Raw("](K\u0001e\u0085R"))],
        ["a set of protocol 4", (Action<PickleBuilder>)(pickle => pickle.Raw("\u008f(K\u0001\u0090"))],
        ["a frozen set", (Action<PickleBuilder>)(pickle => pickle.Raw("(K\u0001\u0091"))],
        ["a time", (Action<PickleBuilder>)(pickle => pickle.Global("datetime", "datetime").Raw("U\nabcdefghij\u0085R"))],
        ["an enum's member", (Action<PickleBuilder>)(pickle => pickle.Global("builtins", "getattr").Raw("(").Global("a", "Mode")
            .Raw("U\u0002upt").Raw("R"))],
        ["a dtype", (Action<PickleBuilder>)(pickle => pickle.Global("torch", "float8_e4m3fn"))],
        ["a function of arguments", (Action<PickleBuilder>)(pickle => pickle.Global("functools", "partial").Global("torch.optim", "SGD")
            .Raw("\u0085R(").Global("torch.optim", "SGD").Raw(")}Ntb"))],
        ["a storage of complex numbers", (Action<PickleBuilder>)(pickle => pickle.Global("torch._utils", "_rebuild_tensor_v2").Raw(
            "((U\u0007storage")
            .Global("torch", "ComplexFloatStorage").Raw("U\u000299U\u0003cpuK\u0001tQK\0)))\u0089}tR"))],
        ["a byte array", (Action<PickleBuilder>)(pickle => pickle.Raw("\u0096\u0001\0\0\0\0\0\0\0b"))],
    ];

    [TestMethod]
    [DynamicData(nameof(Objects))]
    public void An_object_beside_the_weights_is_never_made(string kind, object value)
    {
        using WeightSet weights = PickleBuilder.Load(
            Zip(new Dictionary<string, object?> { ["before"] = value, ["state_dict"] = Tiny(), ["after"] = value, ["epoch"] = 3 }));
        Assert.AreEqual("'state_dict'", AssertFits(weights).Choice, kind);
        Dictionary<string, object?> prefixed = Tiny(name => $"model.{name}");
        prefixed.Add("criterion", value);
        using WeightSet flat = PickleBuilder.Load(Zip(prefixed));
        AssertFits(flat);
    }

    [TestMethod]
    public void An_object_of_an_unknown_type_among_the_weights_is_refused_by_its_type()
    {
        Dictionary<string, object?> saved = Tiny();
        saved["layer1.0.conv1.mask"] = (Action<PickleBuilder>)(pickle => pickle.Global("mylib", "Mask").Raw(")\u0081"));
        const string Refusal = "its weights have 'layer1.0.conv1.mask' of type 'mylib.Mask', which weights do not need; it was refused, and nothing was executed.";
        Assert.AreEqual(Refusal, PickleBuilder.Refusal(Zip(saved)));
        Assert.AreEqual(Refusal, PickleBuilder.Refusal(Zip(new Dictionary<string, object?> { ["state_dict"] = saved })));
        // A tensor of numbers that are not known is no better.
        saved["layer1.0.conv1.mask"] = (Action<PickleBuilder>)(pickle => pickle.Global("torch._utils", "_rebuild_qtensor").Raw(")R"));
        StringAssert.StartsWith(
            PickleBuilder.Refusal(Zip(saved)), "its weights have 'layer1.0.conv1.mask' of type 'torch._utils._rebuild_qtensor'");
    }

    /// <summary>A tensor of a class of its own, as fastai saves them, and a parameter with attributes.</summary>
    [TestMethod]
    public void Tensors_of_other_classes_are_tensors()
    {
        Action<PickleBuilder> Wrapped(string module, string function, Action<PickleBuilder> arguments) => pickle =>
        {
            pickle.Global(module, function).Raw("(");
            arguments(pickle);
            pickle.Raw("tR");
        };
        Dictionary<string, object?> saved = new()
        {
            ["a"] = Wrapped("torch._tensor", "_rebuild_from_type_v2", pickle => pickle.Global("torch._utils", "_rebuild_tensor_v2").Global(
                "fastai.torch_core", "TensorBase")
                .Raw("((").Text("storage").Global("torch", "FloatStorage").Raw(
                    "U\u00010U\u0003cpuK\u0002tQK\0K\u0002\u0085K\u0001\u0085\u0089}t}")),
            ["b"] = Wrapped("torch._utils", "_rebuild_parameter_with_state", pickle => pickle.Tensor(2, 0, [2], [1]).Raw("\u0088}}")),
            ["c"] = new Values([3, 4], [2]),
        };
        using WeightSet weights = PickleBuilder.Load(Zip(saved));
        foreach (string name in saved.Keys)
            CollectionAssert.AreEqual(new float[] { 3, 4 }, weights.Tensors[name].data<float>().ToArray(), name);
    }

    [TestMethod]
    [DataRow("pybridge.pth", 8)]
    [DataRow("pybridge_stored.pth", 8)]
    [DataRow("pybridge.safetensors", 8)]
    [DataRow("pybridge_bf16.safetensors", 8)]
    [DataRow("torchsharp.dat", 8)]
    [DataRow("torchsharp_bf16.dat", 8)]
    public void Files_of_TorchSharp_and_PyBridge_load(string file, int count)
    {
        using WeightSet weights = WeightsFile.Load(TinyNetwork.Checkpoint($"real/{file}")), expected = WeightsFile.Load(
            TinyNetwork.Checkpoint("real/pybridge.safetensors"));
        Assert.HasCount(count, weights.Tensors);
        bool half = file.Contains("bf16", StringComparison.Ordinal);
        foreach ((string name, Tensor tensor) in expected.Tensors)
        {
            using Tensor single = weights.Tensors[name].to(tensor.dtype);
            Assert.IsTrue(single.allclose(tensor, rtol: half ? 0.01 : 0), name);
        }
    }

    [TestMethod]
    [DataRow("pybridge_opt.pth", "it holds no state_dict; its entries are 'param_groups', 'state'.")]
    [DataRow("script.pt", "it is a TorchScript archive, a program; save the network's state_dict() with torch.save.")]
    [DataRow("tensor.pth", "it holds one tensor of shape [10, 64], not the weights of a network; save model.state_dict() with torch.save.")]
    [DataRow("whole_linear.pth", "it holds a whole module, 'torch.nn.modules.linear.Linear', which only the program that saved it can " +
        "read; " +
        "load it there and save model.state_dict() with torch.save.")]
    public void What_is_not_a_state_dict_says_what_it_is(string file, string problem) =>
        Assert.AreEqual(problem, PickleBuilder.Refusal(File.ReadAllBytes(TinyNetwork.Checkpoint($"real/{file}"))));

    private static WeightLoadingReport AssertFits(WeightSet weights, WeightLoadingOptions? options = null)
    {
        using var network = new Backbone(TinyNetwork.Spec);
        WeightLoadingReport report = network.LoadWeights(weights, options);
        TinyNetwork.AssertLogits(TinyNetwork.ExpectedLogits, TinyNetwork.Logits(network), 1e-5);
        return report;
    }

    private static Values Zeros(Values values) => values with { Elements = new float[values.Elements.Length] };

    private static Dictionary<string, object?> WithPrefix(Dictionary<string, object?> weights, string prefix, string? beside = null)
    {
        Dictionary<string, object?> prefixed = weights.ToDictionary(entry => prefix + entry.Key, entry => entry.Value);
        if (beside is not null) prefixed.Add(beside, new Values([1], []));
        return prefixed;
    }

    private static Dictionary<string, object?> Optimizer() => new()
    {
        ["state"] = new Dictionary<string, object?>
        {
            ["conv1.0.weight"] = new Dictionary<string,
            object?>
            { ["exp_avg"] = new Values([1], [1]) }
        },
        ["param_groups"] = new object?[] { new Dictionary<string, object?> { ["lr"] = 1 } },
    };
}
