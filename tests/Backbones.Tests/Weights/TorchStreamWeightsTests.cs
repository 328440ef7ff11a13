using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.PickleBuilder;

namespace Backbones.Tests.Weights;

/// <summary>The stream of before PyTorch 1.6, as its early versions and other machines wrote it.</summary>
[TestClass]
public sealed class TorchStreamWeightsTests
{
    private static readonly byte[] Magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    [TestMethod]
    public void The_first_form_of_tensors_and_storages_of_a_GPU_load()
    {
        using WeightSet weights = Load(Stream(Weight("torch.cuda", "cuda:0"), storage: Storage(2, 3f, 4f)));
        CollectionAssert.AreEqual(new float[] { 3, 4 }, weights.Tensors["weight"].data<float>().ToArray());
    }

    [TestMethod]
    public void A_storage_that_is_cut_short_is_refused() => Assert.AreEqual(
        "storage '77' takes 8 bytes, and 4 are left.", Refusal(Stream(Weight(), storage: Storage(2, 3f))));

    [TestMethod]
    public void A_storage_of_another_count_is_refused() => Assert.AreEqual(
        "storage '77' has 9223372036854775807 elements in place of 2.", Refusal(Stream(Weight(), storage: Storage(long.MaxValue, 3f, 4f))));

    [TestMethod]
    public void A_storage_that_is_not_listed_is_named() => Assert.AreEqual(
        "its list of storages lacks '77'.", Refusal(Stream(Weight(), keys: new PickleBuilder().Raw("]"), storage: [])));

    [TestMethod]
    public void Big_endian_machines_are_refused() => Assert.AreEqual(
        "it was saved on a big-endian machine; save it on a little-endian one.",
        Refusal(
            Stream(Weight(), machine: new PickleBuilder().Raw("}").Text("little_endian").Raw(0x89).Raw("s"), storage: Storage(2, 3f, 4f))));

    [TestMethod]
    public void Another_pickle_is_told_apart() => Assert.AreEqual(
        "it is a pickle, and not one of torch.save; save the network's state_dict() with torch.save.", Refusal(
            new PickleBuilder().Raw("}").ToArray()));

    [TestMethod]
    public void A_file_that_ends_within_the_pickles_is_refused() => Assert.AreEqual(
        "its pickle asks for 1 bytes at byte 30, and 0 are left.", Refusal(Stream(Weight(), storage: [])[..30]));

    private static PickleBuilder Weight(string module = "torch", string location = "cpu") => new PickleBuilder().Raw("}").Text("weight")
        .Global("torch._utils", "_rebuild_tensor").Raw("((").Text("storage").Global(module, "FloatStorage").Text("77").Text(location)
            .Integer(2).Raw("NtQ")
        .Integer(0).Integers(2).Integers(1).Raw("tRs");

    private static byte[] Storage(long count, params float[] elements) =>
        [.. BitConverter.GetBytes(count), .. elements.SelectMany(BitConverter.GetBytes)];

    private static byte[] Stream(PickleBuilder saved, byte[] storage, PickleBuilder? machine = null, PickleBuilder? keys = null) =>
    [
        .. Magic,
        .. new PickleBuilder().Integer(1001).ToArray(),
        .. (machine ?? new PickleBuilder().Raw("}")).ToArray(),
        .. saved.ToArray(),
        .. (keys ?? new PickleBuilder().Raw("]").Text("77").Raw("a")).ToArray(),
        .. storage,
    ];
}
