using System.Text.Json;
using Backbones.Tests.Reference;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

namespace Backbones.Tests;

[TestClass]
public sealed class WeightsTests
{
    private static readonly BackboneSpec Tiny = new()
    {
        Name = "tiny",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 8,
        Stem = Stem.Deep(8),
        Shortcut = Shortcut.AveragePool,
        Classes = 10,
    };

    private static string Checkpoint(string file) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", file);

    [TestMethod]
    public void A_safetensors_file_gives_the_logits_of_PyTorch()
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.safetensors"));
        using var backbone = new Backbone(Tiny);
        backbone.LoadWeights(weights);
        backbone.eval();
        using Tensor logits = backbone.call(WeightRule.Input(64));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Checkpoint("tiny_resnet_d.json")));
        double[] expected = [.. json.RootElement.GetProperty("logits").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble())];
        float[] actual = logits.data<float>().ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-5, $"logit {i}");
    }

    [TestMethod]
    public void Weights_that_do_not_fit_are_listed_and_change_nothing()
    {
        using WeightSet weights = WeightsFile.Load(Checkpoint("tiny_resnet_d.safetensors"));
        using var backbone = new Backbone(Tiny with { Classes = 3, Depths = new(2, 1, 1, 1), Shortcut = Shortcut.Convolution });
        using Tensor before = backbone.state_dict()["bn1.weight"].clone();

        var error = Assert.ThrowsExactly<InvalidDataException>(() => backbone.LoadWeights(weights));

        StringAssert.Contains(error.Message, "the weights do not fit backbone 'tiny'");
        StringAssert.Contains(error.Message, "layer1.1.conv1.weight is missing");
        StringAssert.Contains(error.Message, "layer2.0.downsample.2.running_var is unexpected");
        StringAssert.Contains(error.Message, "fc.weight is [10, 64] in place of [3, 64]");
        Assert.IsTrue(before.equal(backbone.state_dict()["bn1.weight"]).all().item<bool>());
        Assert.AreEqual("fresh", backbone.WeightsOrigin);
    }

    [TestMethod]
    [DataRow("truncated.safetensors", "bytes of data")]
    [DataRow("header_too_long.safetensors", "it announces a header of")]
    [DataRow("offsets_out_of_range.safetensors", "bytes of data")]
    public void A_damaged_file_is_refused_with_its_name_and_the_damage(string file, string damage)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(Checkpoint(file)));
        StringAssert.Contains(error.Message, $"'{Checkpoint(file)}' is no sound safetensors file");
        StringAssert.Contains(error.Message, damage);
    }

    [TestMethod]
    public void A_missing_file_is_named() =>
        Assert.AreEqual("There is no weights file 'nowhere.pth'.", Assert.ThrowsExactly<FileNotFoundException>(() => WeightsFile.Load("nowhere.pth")).Message);

    /// <summary>Byte flips and truncations: the reader either succeeds (the flip hit a weight) or says what is wrong; nothing else escapes.</summary>
    [TestMethod]
    public void No_corruption_of_a_file_gets_past_the_reader()
    {
        byte[] sound = File.ReadAllBytes(Checkpoint("tiny_resnet_d.safetensors"));
        int header = 8 + (int)BitConverter.ToInt64(sound);
        string path = Path.GetTempFileName();
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            byte[] corrupted = random.Next(4) == 0 ? sound[..random.Next(sound.Length)] : [.. sound];
            for (int flips = random.Next(1, 4); flips > 0 && corrupted.Length > 0; flips--)
                corrupted[random.Next(Math.Min(header, corrupted.Length))] = (byte)random.Next(256);
            File.WriteAllBytes(path, corrupted);
            try
            {
                WeightsFile.Load(path).Dispose();
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        File.Delete(path);
        Assert.IsGreaterThan(500, refused);
    }
}
