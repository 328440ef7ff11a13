using System.Diagnostics;
using System.IO.Compression;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.PickleBuilder;

namespace Backbones.Tests.Weights;

/// <summary>Pickles written by hand: what old and hostile programs write.</summary>
[TestClass]
public sealed class PickleWeightsTests
{
    [TestMethod]
    public void Strides_and_offsets_are_honoured_and_storages_shared()
    {
        using WeightSet weights = Load(new PickleBuilder().Raw("}(")
            .Text("transposed").Tensor(7, 1, [3, 2], [1, 3])
            .Text("whole").Tensor(7, 0, [7], [1])
            .Raw("u").ToZip([0, 1, 2, 3, 4, 5, 6]));
        CollectionAssert.AreEqual(new float[] { 1, 4, 2, 5, 3, 6 }, weights.Tensors["transposed"].contiguous().data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3, 4, 5, 6 }, weights.Tensors["whole"].data<float>().ToArray());
    }

    /// <summary>
    /// OrderedDict([[key, value]]) with byte strings, as Python 2 pickled it; attributes by BUILD, as state_dict has them since 0.4.
    /// </summary>
    [TestMethod]
    public void Python_2s_dictionaries_load()
    {
        using WeightSet weights = Load(new PickleBuilder().Global("collections", "OrderedDict")
            .Raw("((l(U\x06weight").Tensor(2, 0, [2], [1]).Raw("latR")
            .Raw("}").Text("_metadata").Raw("}sb").ToZip([3, 4]));
        CollectionAssert.AreEqual(new float[] { 3, 4 }, weights.Tensors["weight"].data<float>().ToArray());
    }

    [TestMethod]
    [DataRow("model")]
    [DataRow("state_dict")]
    [DataRow("anything")]
    public void The_state_dict_is_found_in_a_checkpoint(string key)
    {
        using WeightSet weights = Load(new PickleBuilder().Raw("}(")
            .Text("epoch").Integer(7).Text("best").Tensor(2, 0, [], []).Text("optimizer").Raw("}(").Text("lr").Raw("Nu")
            .Text(key).Raw("}(").Text("module.weight").Tensor(2, 0, [2], [1]).Text("module.bias").Tensor(2, 1, [1], [1]).Raw("uu").ToZip(
                [3, 4]));
        CollectionAssert.AreEqual(new[] { "weight", "bias" }, weights.Tensors.Keys.ToArray());
    }

    [TestMethod]
    public void A_checkpoint_of_two_networks_lists_what_it_has() => Assert.AreEqual(
        "it holds several state_dicts, 'G' and 'D'; save the one that is meant on its own.",
        Refusal(new PickleBuilder().Raw("}(")
            .Text("G").Raw("}").Text("w").Tensor(1, 0, [1], [1]).Raw("s")
            .Text("D").Raw("}").Text("w").Tensor(1, 0, [1], [1]).Raw("su").ToZip([3])));

    [TestMethod]
    public void A_checkpoint_without_weights_lists_what_it_has() => Assert.AreEqual(
        "it holds no state_dict; its entries are 'epoch', 'args'.",
        Refusal(new PickleBuilder().Raw("}(").Text("epoch").Raw("N").Text("args").Raw("}u").ToZip()));

    [TestMethod]
    [DataRow("os", "system")]
    [DataRow("builtins", "eval")]
    [DataRow("__builtin__", "eval")]
    [DataRow("torch.hub", "load")]
    [DataRow("subprocess", "Popen")]
    [DataRow("importlib", "import_module")]
    public void A_global_that_runs_programs_is_refused_by_name(string module, string name)
    {
        string refusal = $"it asks for the global '{module}.{name}', which can run programs; it was refused, and nothing was executed.";
        Assert.AreEqual(refusal, Refusal(new PickleBuilder().Global(module, name).Text("argument").Raw(0x85).Raw("R").ToZip()));
        Assert.AreEqual(
            refusal, Refusal(new PickleBuilder().Text(module).Text(name).Raw(0x93).Text("argument").Raw(0x85).Raw("R").ToZip()));
        // Sound weights beside it do not help.
        Assert.AreEqual(refusal, Refusal(new PickleBuilder().Raw("}(").Text("state_dict").Raw("}").Text("w").Tensor(1, 0, [1], [1]).Raw("s")
            .Text("x").Global(module, name).Text("argument").Raw(0x85).Raw("Ru").ToZip([3])));
    }

    [TestMethod]
    [DataRow("__main__", "Net")]
    [DataRow("builtins", "getattr")]
    public void An_object_in_place_of_weights_is_refused_by_its_type(string module, string name) => Assert.AreEqual(
        $"it holds an object of type '{module}.{name}', which weights do not need; nothing was executed.",
        Refusal(new PickleBuilder().Global(module, name).Text("argument").Raw(0x85).Raw("R").ToZip()));

    [TestMethod]
    public void A_whole_module_says_what_to_save_instead()
    {
        static PickleBuilder Module(PickleBuilder pickle) =>
            pickle.Global("ultralytics.nn.tasks", "Model").Raw(")\u0081}(").Text("training").Raw("N").Text("_parameters").Raw("}ub");
        Assert.AreEqual(
            "it holds a whole module, 'ultralytics.nn.tasks.Model', which only the program that saved it can read; load it there and " +
            "save model.state_dict() with torch.save.",
            Refusal(Module(new PickleBuilder()).ToZip()));
        Assert.AreEqual(
            "its entry 'model' is a whole module, 'ultralytics.nn.tasks.Model', which only the program that saved it can read; " +
            "load it there and save model.state_dict() with torch.save.",
            Refusal(Module(new PickleBuilder().Raw("}(").Text("model")).Raw("u").ToZip()));
    }

    [TestMethod]
    [DataRow("(S'x'\nios\nsystem\n", "its pickle has the opcode 0x53 at byte 3, which no weights need.")]
    [DataRow("}(K\u0001u", "its pickle has a key without a value, at byte 7.")]
    [DataRow("t", "its pickle takes a value where there is none, at byte 3.")]
    [DataRow("h\u0007", "its pickle recalls value 7, which it has not kept, at byte 4.")]
    [DataRow("X\u00ff\u00ff\u00ff\u00ff", "its pickle asks for 4294967295 bytes at byte 7, and 1 are left.")]
    [DataRow("\u008b\u00ff\u00ff\u00ff\u007f", "its pickle asks for 2147483647 bytes at byte 7, and 1 are left.")]
    [DataRow("K\u0001K\u0002\u0086R", "its pickle takes a value where there is none, at byte 8.")]
    [DataRow("}K\u0001R", "its pickle calls something that cannot be called, at byte 6.")]
    [DataRow("\u0080\u0000", "its pickle is of protocol 0; 2 to 5 are known.")]
    [DataRow("N", "it holds no dictionary of weights.")]
    public void Nonsense_is_refused_where_it_stands(string opcodes, string problem) =>
        StringAssert.StartsWith(Refusal(new PickleBuilder().Raw(opcodes).ToZip()), problem);

    [TestMethod]
    [DataRow(4, 0, new long[] { 5 }, new long[] { 1 }, "is not inside its storage '0' of 4 elements")]
    [DataRow(4, 1, new long[] { 4 }, new long[] { 1 }, "is not inside its storage '0' of 4 elements")]
    [DataRow(4, -1, new long[] { 4 }, new long[] { 1 }, "is not inside its storage '0' of 4 elements")]
    [DataRow(4, 0, new long[] { 2, 2 }, new long[] { 4, 1 }, "is not inside its storage '0' of 4 elements")]
    [DataRow(4, 0, new long[] { 1000000, 1000000 }, new long[] { 0, 0 }, "its tensors take 4000000000000 bytes, and the file has ")]
    [DataRow(4, 0, new long[] { 4 }, new long[] { -1 }, "makes no sense")]
    [DataRow(4, 0, new long[] { -4 }, new long[] { 1 }, "has a negative dimension")]
    [DataRow(4, 0, new long[] { long.MaxValue, long.MaxValue }, new long[] { long.MaxValue, long.MaxValue },
        "has more elements than a file can hold")]
    [DataRow(1L << 60, 0, new long[] { 4 }, new long[] { 1 },
        "its entry 'x/data/0' has 16 bytes in place of 1152921504606846976 elements of 4 bytes")]
    public void A_tensor_outside_its_storage_is_refused(long storage, long offset, long[] shape, long[] strides, string problem) =>
        StringAssert.Contains(Refusal(new PickleBuilder().Raw("}(").Text("weight").Tensor(storage, offset, shape, strides).Raw("u")
            .ToZip([1, 2, 3, 4])), problem);

    [TestMethod]
    public void A_missing_storage_is_named() =>
        Assert.AreEqual("its entry 'x/data/0' is missing.", Refusal(
            new PickleBuilder().Raw("}(").Text("weight").Tensor(4, 0, [4], [1]).Raw("u").ToZip()));

    [TestMethod]
    public void Big_endian_files_are_refused() => Assert.AreEqual(
        "its byte order is 'big'; save it on a little-endian machine.",
        Refusal(Zip(
            CompressionLevel.NoCompression, ("x/data.pkl", new PickleBuilder().Raw("}").ToArray()), ("x/byteorder", "big"u8.ToArray()))));

    [TestMethod]
    public void A_TorchScript_archive_is_told_apart() => StringAssert.StartsWith(
        Refusal(Zip(CompressionLevel.NoCompression, ("x/data.pkl", []), ("x/constants.pkl", []))),
        "it is a TorchScript archive, a program;");

    /// <summary>
    /// Lists in lists, each ten times the one before; a tower of a million lists; a list made into a dictionary a hundred thousand times.
    /// </summary>
    [TestMethod]
    public void Bombs_do_not_go_off()
    {
        var laughs = new PickleBuilder().Raw("]q\0");
        for (byte i = 1; i < 100; i++) laughs.Raw("](").Raw(string.Concat(Enumerable.Repeat($"h{(char)(i - 1)}", 10))).Raw("eq").Raw(i);
        var pairs = new PickleBuilder().Raw("](").Raw(string.Concat(Enumerable.Repeat("NN\u0086", 100_000))).Raw("eq\0");
        pairs.Global("collections", "OrderedDict").Raw("q\u0001");
        pairs.Raw(string.Concat(Enumerable.Repeat("h\u0001h\0\u0085R", 100_000)));
        var clock = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.AreEqual("it holds no state_dict.", Refusal(laughs.ToZip()));
        Assert.AreEqual("it holds no state_dict.", Refusal(new PickleBuilder().Raw(new string(']', 1_000_000)).ToZip()));
        StringAssert.StartsWith(Refusal(pairs.ToZip()), "it holds no state_dict");

        Assert.IsLessThan(300_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.IsLessThan(TimeSpan.FromSeconds(10), clock.Elapsed);
    }
}
