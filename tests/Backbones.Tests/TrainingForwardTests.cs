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
        using var backbone = new Backbone(Small);
        var op = new TrainingOperators(new TrainingForward { StochasticDepth = 0.5 }, blocks: 4, backbone.Norms);
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

    public static IEnumerable<object[]> Kinds =>
    [
        ["resnet18"], ["resnet50d"], ["resnext50_32x4d"], ["seresnet50"], ["res2net50_26w_4s"], ["skresnext50_32x4d"], ["resnest50d_1s4x24d"],
    ];

    /// <summary>
    /// Frozen batch norms folded into the convolutions and channels beside each other: the loss and every gradient are those of the network as
    /// it is written, computed plainly, but for roundings.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void A_step_with_frozen_norms_has_the_gradients_of_the_plain_network(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Backbone backbone = Frozen(BackboneRegistry.Find(name) with { Planes = 32, Depths = new(1, 1, 1, 1), Classes = 3 });
        Tensor images = randn(2, 64, 64, 3, generator: new Generator(1)).permute(0, 3, 1, 2);
        Dictionary<string, Tensor> plain = Gradients(backbone, network => network.Classify(
            EvaluationOperators.Evaluation, network.Run(EvaluationOperators.Evaluation, images.contiguous()).Features));
        foreach ((string parameter, Tensor gradient) in Gradients(backbone, network => network.call(images)))
            Assert.IsLessThan(1e-4f, Difference(gradient, plain[parameter]), parameter);
    }

    /// <summary>8 bits of fraction, over 17 layers there and back, and ReLUs that are on the other side of zero.</summary>
    [TestMethod]
    public void A_step_in_bfloat16_has_nearly_the_same_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        using Backbone backbone = Frozen(Small);
        Tensor images = randn(2, 32, 32, 3, generator: new Generator(1)).permute(0, 3, 1, 2);
        Dictionary<string, Tensor> full = Gradients(backbone, network => network.call(images));
        backbone.WhileTraining = new TrainingForward { Precision = TrainingPrecision.BFloat16 };
        Dictionary<string, Tensor> half = Gradients(backbone, network => network.call(images));
        foreach ((string name, Tensor gradient) in half)
        {
            Assert.AreEqual(ScalarType.Float32, gradient.dtype, name);
            Assert.IsLessThan(0.2f, Difference(gradient, full[name]), name);
        }
        Assert.IsGreaterThan(1e-3f, half.Max(entry => Difference(entry.Value, full[entry.Key])), "nothing was computed in bfloat16");
    }

    /// <summary>In training mode too, where a network of batch norms that are not frozen would use the batch's statistics.</summary>
    [TestMethod]
    [DataRow(TrainingPrecision.Float32, 1e-5f)]
    [DataRow(TrainingPrecision.BFloat16, 0.05f)]
    public void Evaluation_in_a_precision_gives_the_networks_features(TrainingPrecision precision, float tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using Backbone backbone = Frozen(Small);
        Tensor images = randn(2, 3, 32, 32, generator: new Generator(1));
        backbone.eval();
        Tensor expected = backbone.Features(images);
        backbone.train();
        using var evaluation = new EvaluationForward(backbone, precision);
        Tensor features = evaluation.Features(images), again = evaluation.Features(images);
        Assert.AreEqual(ScalarType.Float32, features.dtype);
        Assert.IsFalse(features.requires_grad);
        Assert.IsLessThan(tolerance, Difference(features, expected));
        Assert.IsTrue(features.equal(again).all().item<bool>());
    }

    private static Backbone Frozen(BackboneSpec spec)
    {
        manual_seed(1);
        var backbone = new Backbone(spec);
        using IDisposable noGradient = no_grad();
        foreach (var norm in backbone.modules().OfType<TorchSharp.Modules.BatchNorm2d>())
        {
            norm.eval();
            norm.running_mean!.normal_(0, 0.1);
            norm.running_var!.uniform_(0.5, 2);
            norm.weight!.uniform_(0.5, 1.5);
            norm.bias!.normal_(0, 0.1);
        }
        return backbone;
    }

    private static Dictionary<string, Tensor> Gradients(Backbone backbone, Func<Backbone, Tensor> logits)
    {
        backbone.zero_grad();
        nn.functional.cross_entropy(logits(backbone), tensor(new long[] { 0, 1 })).backward();
        return backbone.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
    }

    private static float Difference(Tensor x, Tensor y) => (x - y).norm().item<float>() / (y.norm().item<float>() + 1e-6f);

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
