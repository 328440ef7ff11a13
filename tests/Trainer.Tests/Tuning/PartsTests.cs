using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;
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
        var parts = new TunedParts(network, Tune.All, new Recipe { StageDecay = 0.5, HeadRate = 10 });
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
        (Tensor _, Tensor targets) = MixOf(new Recipe { LabelSmoothing = 0.2 }, classes: 4).Apply(zeros(2, 3, 8, 8), [0, 3], new Random(1));
        CollectionAssert.AreEqual(new[] { 0.85f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 0.05f, 0.85f }, targets.data<float>().Select(t => MathF.Round(t, 6)).ToArray());
    }

    /// <summary>The first image is 0 and the last is 1 everywhere, so a mean is the part of the last one in it: the part that its target has too.</summary>
    [TestMethod]
    [DataRow(0.7, 0.0)]
    [DataRow(0.0, 1.0)]
    public void Images_and_targets_are_blended_in_the_same_parts(double mixup, double cutMix)
    {
        using DisposeScope scope = NewDisposeScope();
        var mix = MixOf(new Recipe { Mixup = mixup, CutMix = cutMix }, classes: 2);
        Tensor images = cat([zeros(1, 3, 16, 16), ones(1, 3, 16, 16)]);
        double[] labels = [0, 1];
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
        using var mixing = new WeightMixing(linear);
        using (no_grad()) linear.weight.fill_(3.1f);
        mixing.Mix(0.5);
        mixing.Mix(0.75);
        Assert.AreEqual(0.25 * 1 + 0.75 * 3.1, linear.weight.item<float>(), 1e-6);
        mixing.Undo();
        Assert.AreEqual(3.1f, linear.weight.item<float>());
    }

    /// <summary>TorchSharp's optimizers are PyTorch's; the same operations in the same order, so the same numbers bit for bit.</summary>
    [TestMethod]
    [DataRow("sgd", 0.9, 0.01)]
    [DataRow("sgd", 0.9, 0.0)]
    [DataRow("sgd", 0.0, 0.01)]
    [DataRow("adamw", 0.0, 0.01)]
    [DataRow("adamw", 0.0, 0.0)]
    public void Sgd_and_AdamW_move_weights_as_PyTorch_does(string kind, double momentum, double decay)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        Tensor start = randn(40, 5);
        Parameter ours = new(start.clone()), theirs = new(start.clone());
        MomentOptimizer.Group[] group = [new MomentOptimizer.Group([ours], 0.1, decay)];
        using OptimizerHelper own = kind == "sgd" ? new Sgd(group, momentum) : new ResNetMLNet.Trainer.AdamW(group);
        using OptimizerHelper reference = kind == "sgd"
            ? optim.SGD([theirs], 0.1, momentum, weight_decay: decay, nesterov: momentum > 0)
            : optim.AdamW([theirs], 0.1, weight_decay: decay);
        for (int step = 0; step < 4; step++)
        {
            Tensor gradient = randn(40, 5);
            (ours.grad, theirs.grad) = (gradient.clone(), gradient.clone());
            own.step();
            reference.step();
            Assert.IsTrue(Numbers(ours).SequenceEqual(Numbers(theirs)), $"step {step + 1}: {(ours - theirs).abs().max().item<float>()}");
        }
        Assert.IsFalse(Numbers(ours).SequenceEqual(Numbers(start)));

        static float[] Numbers(Tensor tensor) => [.. tensor.detach().data<float>()];
    }

    /// <summary>Algorithm 2 of the paper after one step: the direction is g/|g| + decay * x for each number, scaled to the length of x.</summary>
    [TestMethod]
    public void Lamb_moves_a_tensor_in_proportion_to_its_length()
    {
        using var x = new Parameter(tensor(new float[] { 3, 4 }));
        using var lamb = new Lamb([new MomentOptimizer.Group([x], learningRate: 0.1, weightDecay: 0.5)]);
        (x * tensor(new float[] { 2, -2 })).sum().backward();
        lamb.step();
        double[] direction = [1 + 0.5 * 3, -1 + 0.5 * 4];
        double length = Math.Sqrt(direction.Sum(d => d * d));
        Assert.AreEqual(3 - 0.1 * 5 / length * direction[0], x[0].item<float>(), 1e-4);
        Assert.AreEqual(4 - 0.1 * 5 / length * direction[1], x[1].item<float>(), 1e-4);
    }

    /// <summary>The second step, in the paper's order, with numbers in place of tensors.</summary>
    [TestMethod]
    public void Lamb_remembers_the_step_before()
    {
        using var x = new Parameter(tensor(new float[] { 3, 4 }));
        using var lamb = new Lamb([new MomentOptimizer.Group([x], learningRate: 0.1, weightDecay: 0.5)]);
        double[] expected = [3, 4], first = [2, -2], second = [-1, 3], mean = [0, 0], square = [0, 0];
        for (int step = 1; step <= 2; step++)
        {
            double[] gradient = step == 1 ? first : second, direction = new double[2];
            for (int i = 0; i < 2; i++)
            {
                mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
                square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
                direction[i] = mean[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(square[i] / (1 - Math.Pow(0.999, step))) + 1e-6) + 0.5 * expected[i];
            }
            double trust = Math.Sqrt(expected.Sum(v => v * v)) / Math.Sqrt(direction.Sum(v => v * v));
            for (int i = 0; i < 2; i++) expected[i] -= 0.1 * trust * direction[i];

            lamb.zero_grad();
            (x * tensor(gradient.Select(g => (float)g).ToArray())).sum().backward();
            lamb.step();
        }
        Assert.AreEqual(expected[0], x[0].item<float>(), 1e-5);
        Assert.AreEqual(expected[1], x[1].item<float>(), 1e-5);
    }

    [TestMethod]
    public void A_gradient_beyond_half_precision_halves_the_scale_and_leaves_the_step_out()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [tensor(new float[] { 2, 4 }), tensor(new float[] { float.PositiveInfinity })];
        Assert.AreEqual((false, new LossScaling(4, 0)), new LossScaling(8, 7).Unscale(gradients));
        Assert.AreEqual((true, new LossScaling(8, 8)), new LossScaling(8, 7).Unscale(gradients[..1]));
        CollectionAssert.AreEqual(new[] { 2f / 64, 4f / 64 }, gradients[0].data<float>().ToArray()); // each call took the scale out
        Assert.AreEqual((true, new LossScaling(16, 2000)), new LossScaling(8, 1999).Unscale(gradients[..1]));
    }

    /// <summary>With each class by itself, both of a blended image are present, whatever their parts.</summary>
    [TestMethod]
    [DataRow(0.7, 0.0)]
    [DataRow(0.0, 1.0)]
    public void Both_classes_of_a_blended_image_are_present_for_binary_cross_entropy(double mixup, double cutMix)
    {
        using DisposeScope scope = NewDisposeScope();
        var mix = MixOf(new Recipe { Mixup = mixup, CutMix = cutMix, Loss = LossKind.BinaryCrossEntropy, LabelSmoothing = 0.3 }, classes: 3);
        Tensor images = cat([zeros(1, 3, 16, 16), ones(1, 3, 16, 16)]);
        double[] labels = [0, 2];
        int blended = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            (Tensor mixed, Tensor targets) = mix.Apply(images, labels, new Random(seed));
            if (mixed.Equals(images)) continue; // a box without a pixel
            blended++;
            CollectionAssert.AreEqual(new[] { 0.8f, 0.1f, 0.8f, 0.8f, 0.1f, 0.8f }, targets.data<float>().Select(t => MathF.Round(t, 6)).ToArray());
        }
        Assert.IsGreaterThan(15, blended);
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
        if (kind == "cross-entropy") return;
        Tensor both = tensor(new float[] { 0, 1, 1, 1 }, [2, 2]); // the second one is of both classes, and counts as before
        Assert.AreEqual((5 + 3) / 2 * Math.Log(2), loss.Of(logits, both).item<float>(), 1e-5);
    }

    private static LabelMix MixOf(Recipe recipe, int classes) =>
        new(recipe, new ClassTargets(recipe, new ClassIndices(Enumerable.Range(0, classes).Select(i => $"{i}"))));
}
