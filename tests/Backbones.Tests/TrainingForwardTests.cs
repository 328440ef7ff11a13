using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>What is otherwise while a network is trained.</summary>
[TestClass]
[DoNotParallelize] // it seeds torch's generator
public sealed class TrainingForwardTests
{
    private static readonly BackboneSpec Small = BackboneRegistry.Find("resnet18") with { Planes = 8, Stem = Stem.Small(8), Classes = 3 };

    public static IEnumerable<object[]> Names => BackboneRegistry.All.Select(spec => new object[] { spec.Name });

    /// <summary>A block whose branch gives nothing passes its shortcut on, so what is left of a stage is its shortcuts.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Every_block_starts_as_its_shortcut_with_zero_norms(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        BackboneSpec spec = BackboneRegistry.Find(name) with { Planes = 32, Depths = new(1, 2, 1, 2) };
        using var backbone = new Backbone(spec);
        backbone.eval();
        backbone.ZeroResidualNorms();
        string[] zeroed = [.. backbone.named_parameters()
            .Where(entry => entry.name.EndsWith(".weight", StringComparison.Ordinal) && entry.parameter.count_nonzero().item<long>() == 0)
                .Select(entry => entry.name)];
        Assert.HasCount(6, zeroed);
        Assert.IsTrue(zeroed.All(norm => !norm.Contains("downsample")), string.Join(", ", zeroed));

        // The second block of a stage changes nothing: a network without it gives the same.
        using var shallow = new Backbone(spec with { Depths = new(1, 1, 1, 1) });
        shallow.eval();
        Dictionary<string, Tensor> weights = backbone.state_dict();
        using (no_grad())
        {
            foreach ((string key, Tensor value) in shallow.state_dict()) value.copy_(weights[key]);
        }
        Tensor images = randn(1, 3, 64, 64, generator: new Generator(1));
        Assert.IsTrue(backbone.Features(images).allclose(shallow.Features(images), 1e-5, 1e-6));
    }

    [TestMethod]
    public void Blocks_are_left_out_at_random_while_training_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Small) { WhileTraining = new TrainingForward { StochasticDepth = 0.5 } };
        Tensor images = randn(4, 3, 32, 32, generator: new Generator(1));
        backbone.eval();
        Assert.IsTrue(backbone.call(images).equal(backbone.call(images)).all().item<bool>());
        backbone.train();
        foreach (nn.Module norm in backbone.modules().OfType<TorchSharp.Modules.BatchNorm2d>()) norm.eval();
        Assert.IsFalse(backbone.call(images).equal(backbone.call(images)).all().item<bool>());
    }

    /// <summary>
    /// Of 4000 images each loses the whole branch or has it scaled up, so that evaluation sees the same mean; the n-th of four blocks is
    /// left out with n quarters of the probability (Huang et al. 2016, arXiv:1603.09382, eq. 4). A deviation of 0.03 is four standard
    /// deviations.
    /// </summary>
    [TestMethod]
    public void A_branch_is_left_out_whole_or_scaled_up()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        var op = new TrainingOperators(new TrainingForward { StochasticDepth = 0.5 }, blocks: 4);
        for (int block = 1; block <= 4; block++)
        {
            double rate = 0.5 * block / 4;
            Tensor sum = op.Residual(ones(4000, 2, 1, 1), full([4000, 2, 1, 1], 10.0f));
            float[] images = [.. sum[.., 0].flatten().data<float>()];
            CollectionAssert.AreEqual(images, sum[.., 1].flatten().data<float>().ToArray(), "the channels of an image");
            float left = 10, kept = 10 + (float)(1 / (1 - rate));
            Assert.IsTrue(images.All(value => value == left || Math.Abs(value - kept) < 1e-5f), $"block {block}");
            Assert.AreEqual(rate, images.Count(value => value == left) / 4000.0, 0.03, $"block {block}");
        }
    }

    [TestMethod]
    public void Bfloat16_gives_nearly_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Small);
        foreach (nn.Module norm in backbone.modules().OfType<TorchSharp.Modules.BatchNorm2d>()) norm.eval();
        Tensor images = randn(2, 3, 32, 32, generator: new Generator(1)), full = backbone.call(images);
        backbone.WhileTraining = new TrainingForward { Precision = Precision.BFloat16 };
        Tensor half = backbone.call(images);
        Assert.AreEqual(ScalarType.Float32, half.dtype);
        Assert.IsFalse(half.equal(full).all().item<bool>());
        Assert.IsLessThan(0.05, (half - full).norm().item<float>() / full.norm().item<float>()); // 8 bits of fraction, over 17 layers
    }

    [TestMethod]
    public void A_probability_of_one_is_refused() => Assert.AreEqual(
        "Stochastic depth leaves blocks out with a probability from 0 to below 1. The usual ones are 0 to 0.2. (Parameter " +
        "'StochasticDepth')\nActual value was 1.",
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TrainingForward { StochasticDepth = 1 }).Message);

    [TestMethod]
    public void Small_stems_keep_the_size()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Stem stem in new[] { Stem.Small(16), Stem.SmallDeep(8) })
        {
            using var backbone = new Backbone(Small with { Stem = stem });
            CollectionAssert.AreEqual(new long[] { 1, 8, 32, 32 }, backbone.Stages(zeros(1, 3, 32, 32))[0].shape);
            Assert.AreEqual(backbone.parameters().Sum(parameter => parameter.numel()), BackboneCost.Of(backbone.Spec).Parameters);
        }
    }
}
