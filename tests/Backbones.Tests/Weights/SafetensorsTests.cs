using System.Text;
using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>Files by hand: what the format's page allows, and what it forbids.</summary>
[TestClass]
public sealed class SafetensorsTests
{
    [TestMethod]
    [DataRow("empty", "")]
    [DataRow("only_meta", "")]
    [DataRow("only_zero", "a [0]")]
    [DataRow("zero", "a [0], b [2,0,3], c [1]")]
    [DataRow("escape", "a.b [1]")]
    [DataRow("meta_last", "a [1]")]
    [DataRow("nan", "a [2]")]
    [DataRow("order", "a [1], b [1]")]
    [DataRow("scalar", "a []")]
    [DataRow("unaligned", "a [1], b [1]")]
    [DataRow("unicode", "模型.weight [1]")]
    public void A_sound_file_loads(string file, string content)
    {
        using WeightSet weights = WeightsFile.Load(TinyNetwork.Checkpoint($"safetensors/{file}.safetensors"));
        Assert.AreEqual(content, string.Join(", ", weights.Tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(
            entry => $"{entry.Key} [{string.Join(',', entry.Value.shape)}]")));
    }

    [TestMethod]
    public void Values_are_where_the_header_says()
    {
        using WeightSet weights = WeightsFile.Load(TinyNetwork.Checkpoint("safetensors/order.safetensors"));
        Assert.AreEqual(1f, weights.Tensors["a"].item<float>());
        Assert.AreEqual(2f, weights.Tensors["b"].item<float>());
    }

    [TestMethod]
    [DataRow("dup", "tensor 'a' appears twice")]
    [DataRow("hole", "4 bytes before tensor 'a' belong to none")]
    [DataRow("overlap", "tensor 'b' overlaps another")]
    [DataRow("trailing", "4 bytes follow the last tensor")]
    [DataRow("float_shape", "the shape of tensor 'a' has something that is not a whole number")]
    [DataRow("f8", "its weights have 'a' of type 'F8_E4M3', which weights do not need")]
    [DataRow("u16", "its weights have 'u' of type 'U16', which weights do not need")]
    [DataRow("u64", "its weights have 'u' of type 'U64', which weights do not need")]
    [DataRow("space_start", "is not a weights file")]
    public void Another_is_refused(string file, string problem) => StringAssert.Contains(
        Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(TinyNetwork.Checkpoint($"safetensors/{file}.safetensors")))
            .Message, problem);

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x""", "its header is not JSON")]
    [DataRow("""{"a":[]}""", "tensor 'a' is not an object")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", "tensor 'a' lacks a type, a shape or its place")]
    [DataRow("""{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}""", "tensor 'a' has 'dtype', which the format lacks")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "the shape of tensor 'a' has something that is not a whole number")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "tensor 'a' lacks a type, a shape or its place")]
    [DataRow("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "its header is not JSON")]
    public void A_header_of_another_form_is_refused(string header, string problem)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = [.. BitConverter.GetBytes((long)json.Length), .. json, 0, 0, 0, 0];
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => PickleBuilder.Load(file)).Message, problem);
    }

    /// <summary>A type that is not known is refused among a network's weights, and does no harm beside them.</summary>
    [TestMethod]
    public void A_tensor_of_another_type_beside_the_weights_is_left_out()
    {
        using var folder = new TemporaryFolder();
        using (WeightSet weights = WeightsFile.Load(TinyNetwork.Checkpoint("tiny_resnet_d.safetensors")))
        using (var prefixed = new WeightSet(
            weights.Tensors.ToDictionary(entry => $"model.{entry.Key}", entry => entry.Value.alias()), "test"))
            WeightsFile.Save(prefixed, folder["x.safetensors"]);
        byte[] file = File.ReadAllBytes(folder["x.safetensors"]);
        int length = (int)BitConverter.ToInt64(file);
        long data = file.Length - 8 - length;
        string header = Encoding.UTF8.GetString(file, 8, length).TrimEnd();
        byte[] changed = Encoding.UTF8.GetBytes($$$"""{{{header[..^1]}}},"codes":{"dtype":"U16","shape":[1],"data_offsets":[{{{data}}},{{{data + 2}}}]}}""");
        using WeightSet loaded = PickleBuilder.Load(
            [.. BitConverter.GetBytes((long)changed.Length), .. changed, .. file[(8 + length)..], 0, 0]);
        TinyNetwork.AssertLogits(TinyNetwork.ExpectedLogits, TinyNetwork.Logits(loaded), 1e-5);
    }
}
