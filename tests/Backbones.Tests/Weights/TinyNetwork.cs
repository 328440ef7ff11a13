using System.Text.Json;
using Backbones.Tests.Reference;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>The network whose weights lie in Checkpoints, in every format that PyTorch users have; see ORIGIN.md.</summary>
internal static class TinyNetwork
{
    public static BackboneSpec Spec { get; } = new()
    {
        Name = "tiny",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 8,
        Stem = Stem.Deep(8),
        Shortcut = Shortcut.AveragePool,
        Classes = 10,
    };

    /// <summary>What PyTorch gives for the rule's input at 64 pixels, [2, 10].</summary>
    public static double[] ExpectedLogits { get; } = ReadLogits();

    public static string Checkpoint(string file) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", file);

    public static float[] Logits(WeightSet weights, WeightLoadingOptions? options = null)
    {
        using var backbone = new Backbone(Spec);
        backbone.LoadWeights(weights, options);
        return Logits(backbone);
    }

    public static float[] Logits(Backbone backbone)
    {
        backbone.eval();
        using IDisposable noGradient = no_grad();
        using Tensor input = WeightRule.Input(64), logits = backbone.call(input);
        return logits.data<float>().ToArray();
    }

    public static void AssertLogits(double[] expected, float[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], tolerance, $"logit {i}");
    }

    private static double[] ReadLogits()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Checkpoint("tiny_resnet_d.json")));
        return [.. json.RootElement.GetProperty("logits").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(
            x => x.GetDouble())];
    }
}
