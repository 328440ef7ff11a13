using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using TorchSharp;
using static TorchSharp.torch;

namespace Trainer.Tests.Regression;

/// <summary>Numbers as what a network is taught.</summary>
[TestClass]
public sealed class ValueTargetsTests
{
    // Mean 20, standard deviation 10.
    private static readonly double[] values = [10, 30, 10, 30];

    [TestMethod]
    public void Targets_are_in_standard_deviations_from_the_mean()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor targets = new ValueTargets(LossKind.MeanSquaredError, values).Of([20, 35, 5], CPU);
        CollectionAssert.AreEqual(new long[] { 3, 1 }, targets.shape);
        CollectionAssert.AreEqual(new[] { 0, 1.5f, -1.5f }, targets.data<float>().ToArray());
    }

    /// <summary>Errors of half a standard deviation and of three.</summary>
    [TestMethod]
    [DataRow(LossKind.MeanSquaredError, (0.25 + 9) / 2)]
    [DataRow(LossKind.Huber, (0.125 + 2.5) / 2)]
    public void The_loss_is_the_mean_over_the_images(LossKind loss, double expected)
    {
        using DisposeScope scope = NewDisposeScope();
        var targets = new ValueTargets(loss, values);
        Tensor outputs = tensor(new[] { 0.5f, -3 }, [2, 1]);
        Assert.AreEqual(expected, targets.Loss(outputs, targets.Of([20, 20], CPU)).item<float>(), 1e-6);
        Assert.AreEqual(expected * 2, targets.LossesOf(outputs, [20, 20]).sum(dim: 0).item<float>(), 1e-6);
    }

    /// <summary>The first image is 0 and the last is 1 everywhere, as their values are.</summary>
    [TestMethod]
    [DataRow(0.7, 0.0)]
    [DataRow(0.0, 1.0)]
    public void Values_are_blended_in_the_parts_of_the_images(double mixup, double cutMix)
    {
        using DisposeScope scope = NewDisposeScope();
        var mix = new LabelMix(new Recipe { Mixup = mixup, CutMix = cutMix }, new ValueTargets(LossKind.MeanSquaredError, [-1, 1]));
        Tensor images = cat([zeros(1, 3, 16, 16), ones(1, 3, 16, 16)]);
        double[] parts = [.. Enumerable.Range(0, 20).Select(seed =>
        {
            (Tensor blended, Tensor targets) = mix.Apply(images, [0, 1], new Random(seed));
            float[] means = [.. blended.mean([1, 2, 3]).data<float>()], numbers = [.. targets.data<float>()];
            Assert.AreEqual(means[0], numbers[0], 1e-6);
            Assert.AreEqual(means[1], numbers[1], 1e-6);
            return (double)numbers[0];
        })];
        Assert.IsGreaterThan(0.5, parts.Max() - parts.Min());
    }

    [TestMethod]
    public void A_head_goes_into_standard_deviations_and_back()
    {
        var targets = new ValueTargets(LossKind.MeanSquaredError, values);
        LinearHead head = new([[5, -10]], [40]) { Link = HeadLink.None }, inside = targets.FromOwnUnit(head), back = targets.ToOwnUnit(inside);
        CollectionAssert.AreEqual(new[] { 0.5f, -1 }, inside.Weights[0]);
        Assert.AreEqual(2, inside.Biases[0]);
        CollectionAssert.AreEqual(head.Weights[0], back.Weights[0]);
        Assert.AreEqual(head.Biases[0], back.Biases[0]);
    }

    [TestMethod]
    public void An_epoch_is_better_by_its_loss_whatever_its_other_figures_are()
    {
        RegressionEpoch first = new(1, 1, 0.5, 10, 8, 0.9, 0.1, 1), second = first with { Epoch = 2, ValidationLoss = 0.4, ValidationRootMeanSquaredError = 11 };
        Assert.AreEqual(second, new TuningProgress { History = [first, second, second with { Epoch = 3 }] }.Best);
    }
}
