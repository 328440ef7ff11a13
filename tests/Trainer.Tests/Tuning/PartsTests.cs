using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer.Tuning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Trainer.Tests.Tuning;

/// <summary>The small parts of a training, against values worked by hand.</summary>
[TestClass]
public sealed class PartsTests
{
    [TestMethod]
    public void The_learning_rate_goes_up_in_a_line_and_down_as_a_cosine()
    {
        var schedule = new Schedule(Updates: 12, WarmUp: 4);
        CollectionAssert.AreEqual(new[] { 0.2, 0.4, 0.6, 0.8 }, Enumerable.Range(0, 4).Select(i => Math.Round(schedule[i], 12)).ToArray());
        Assert.AreEqual(1, schedule[4], 1e-12);
        Assert.AreEqual(0.5, schedule[8], 1e-12);
        Assert.AreEqual((1 - Math.Sqrt(0.5)) / 2, schedule[10], 1e-12);
        Assert.AreEqual(0, schedule[12], 1e-12);
    }

    [TestMethod]
    public void Norms_and_biases_do_not_decay_and_later_stages_move_faster()
    {
        using TunedNetwork network = TinyTraining.Network();
        var parts = new TunedParts(network, TuneKind.All, new Recipe { StageDecay = 0.5, HeadRate = 10 });
        Dictionary<string, ParameterGroup> groups = network.named_parameters()
            .ToDictionary(entry => entry.name, entry => parts.Groups.Single(group => group.Parameters.Any(parameter => ReferenceEquals(parameter, entry.parameter))));
        Assert.AreEqual((10, true), (groups["fc.weight"].Rate, groups["fc.weight"].Decays));
        Assert.AreEqual((10, false), (groups["fc.bias"].Rate, groups["fc.bias"].Decays));
        Assert.AreEqual((1, true), (groups["backbone.layer4.0.conv1.weight"].Rate, groups["backbone.layer4.0.conv1.weight"].Decays));
        Assert.AreEqual((0.5, false), (groups["backbone.layer3.0.bn2.weight"].Rate, groups["backbone.layer3.0.bn2.weight"].Decays));
        Assert.AreEqual((0.0625, true), (groups["backbone.conv1.weight"].Rate, groups["backbone.conv1.weight"].Decays));
    }

    [TestMethod]
    public void Targets_are_smoothed_and_sum_to_one()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor _, Tensor targets) = new LabelMix(new Recipe { LabelSmoothing = 0.2 }, Classes: 4).Apply(zeros(2, 3, 8, 8), tensor(new long[] { 0, 3 }), new Random(1));
        CollectionAssert.AreEqual(new[] { 0.85f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 0.85f }, targets.data<float>().Select(t => MathF.Round(t, 6)).ToArray());
    }

    /// <summary>The first image is 0 and the last is 1 everywhere, so a mean is the part of the last one in it: the part that its target has too.</summary>
    [TestMethod]
    [DataRow(0.7, 0.0)]
    [DataRow(0.0, 1.0)]
    public void Images_and_targets_are_blended_in_the_same_parts(double mixup, double cutMix)
    {
        using DisposeScope scope = NewDisposeScope();
        var mix = new LabelMix(new Recipe { Mixup = mixup, CutMix = cutMix }, Classes: 2);
        Tensor images = cat([zeros(1, 3, 16, 16), ones(1, 3, 16, 16)]), labels = tensor(new long[] { 0, 1 });
        double[] parts = [.. Enumerable.Range(0, 20).Select(seed =>
        {
            (Tensor blended, Tensor targets) = mix.Apply(images, labels, new Random(seed));
            float[] means = [.. blended.mean([1, 2, 3]).data<float>()], ofSecond = [.. targets[.., 1].data<float>()];
            Assert.AreEqual(ofSecond[0], means[0], 1e-6);
            Assert.AreEqual(ofSecond[1], means[1], 1e-6);
            return (double)ofSecond[0];
        })];
        Assert.IsGreaterThan(0.5, parts.Max() - parts.Min());
    }

    [TestMethod]
    public void The_average_follows_the_weights()
    {
        using var linear = nn.Linear(1, 1, hasBias: false);
        using (no_grad()) linear.weight.fill_(1);
        using var average = new WeightAverage(linear, decay: 0.5);
        using (no_grad()) linear.weight.fill_(3);
        average.Update(0); // (1 + 0) / (10 + 0) = 0.1 of the old
        Assert.AreEqual(0.1 * 1 + 0.9 * 3, average.Tensors["weight"].item<float>(), 1e-6);
        average.Update(100); // by then the decay itself
        Assert.AreEqual(0.5 * 2.8 + 0.5 * 3, average.Tensors["weight"].item<float>(), 1e-6);
        average.Swap();
        Assert.AreEqual(2.9, linear.weight.item<float>(), 1e-6);
        average.Swap();
        Assert.AreEqual(3, linear.weight.item<float>(), 1e-6);
    }

    [TestMethod]
    public void Weights_between_the_first_and_the_trained_ones_are_a_loan()
    {
        using var linear = nn.Linear(1, 1, hasBias: false);
        using (no_grad()) linear.weight.fill_(1);
        using var mixing = new WeightMixing(linear, alpha: 0.75);
        using (no_grad()) linear.weight.fill_(3.1f);
        mixing.Mix();
        Assert.AreEqual(0.25 * 1 + 0.75 * 3.1, linear.weight.item<float>(), 1e-6);
        mixing.Undo();
        Assert.AreEqual(3.1f, linear.weight.item<float>());
    }

    /// <summary>Algorithm 2 of the paper after one step: the direction is g/|g| + decay * x for each number, scaled to the length of x.</summary>
    [TestMethod]
    public void Lamb_moves_a_tensor_in_proportion_to_its_length()
    {
        using var x = new Parameter(tensor(new float[] { 3, 4 }));
        using var lamb = new Lamb([new Lamb.Group([x], new Lamb.Options { LearningRate = 0.1, InitialLearningRate = 0.1, WeightDecay = 0.5 })]);
        (x * tensor(new float[] { 2, -2 })).sum().backward();
        lamb.step();
        double[] direction = [1 + 0.5 * 3, -1 + 0.5 * 4];
        double length = Math.Sqrt(direction.Sum(d => d * d));
        Assert.AreEqual(3 - 0.1 * 5 / length * direction[0], x[0].item<float>(), 1e-4);
        Assert.AreEqual(4 - 0.1 * 5 / length * direction[1], x[1].item<float>(), 1e-4);
    }

    [TestMethod]
    public void Binary_cross_entropy_is_the_mean_over_images_and_classes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 0, 2 }, [1, 2]), targets = tensor(new float[] { 0, 1 }, [1, 2]);
        Assert.AreEqual((Math.Log(2) + Math.Log(1 + Math.Exp(-2))) / 2, new Loss(LossKind.BinaryCrossEntropy).Of(logits, targets).item<float>(), 1e-6);
        Assert.AreEqual(Math.Log(1 + Math.Exp(-2)), new Loss(LossKind.CrossEntropy).Of(logits, targets).item<float>(), 1e-6);
    }

    /// <summary>Two images that lose ln 2 each; the second one is half of each class.</summary>
    [TestMethod]
    [DataRow("cross-entropy")]
    [DataRow("binary-cross-entropy")]
    public void An_image_counts_as_its_class_does(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = zeros(2, 2), targets = tensor(new float[] { 0, 1, 0.5f, 0.5f }, [2, 2]);
        var loss = new Loss(kind == "cross-entropy" ? LossKind.CrossEntropy : LossKind.BinaryCrossEntropy, [1, 5]);
        Assert.AreEqual((5 + 3) / 2 * Math.Log(2), loss.Of(logits, targets).item<float>(), 1e-5);
    }
}
