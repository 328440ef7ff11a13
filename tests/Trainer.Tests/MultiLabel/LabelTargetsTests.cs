using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using TorchSharp;
using static TorchSharp.torch;

namespace Trainer.Tests.MultiLabel;

/// <summary>Labels as what a network is taught.</summary>
[TestClass]
public sealed class LabelTargetsTests
{
    private static readonly LabeledImage[] images =
        [.. new string[][] { ["b", "a"], [], ["b"], ["a", "b"], ["unknown"] }.Select(labels => new LabeledImage { ImagePath = "", Label = LabelSet.Of(labels) })];

    [TestMethod]
    public void Each_label_is_a_target_of_its_own()
    {
        using DisposeScope scope = NewDisposeScope();
        var targets = new LabelTargets(["a", "b"], smoothing: 0);
        Tensor of = targets.Of(targets.LabelsOf(images), CPU);
        CollectionAssert.AreEqual(new long[] { 5, 2 }, of.shape);
        CollectionAssert.AreEqual(new float[] { 1, 1, 0, 0, 0, 1, 1, 1, 0, 0 }, of.data<float>().ToArray());
        var smooth = new LabelTargets(["a", "b"], smoothing: 0.2);
        float[] smoothed = [.. smooth.Of(smooth.LabelsOf([images[2]]), CPU).data<float>()];
        Assert.AreEqual(0.1, smoothed[0], 1e-6);
        Assert.AreEqual(0.9, smoothed[1], 1e-6);
    }

    /// <summary>Logits of 0 have a loss of ln 2 for each of two labels, and of ln 3 a loss of ln(4/3) where the label is there and ln 4 where not.</summary>
    [TestMethod]
    public void The_loss_is_the_sum_over_labels_and_the_mean_over_images()
    {
        using DisposeScope scope = NewDisposeScope();
        var targets = new LabelTargets(["a", "b"], smoothing: 0);
        float ln3 = MathF.Log(3);
        Tensor outputs = tensor(new[] { 0, 0, ln3, ln3 }, [2, 2]);
        Assert.AreEqual((2 * Math.Log(2) + Math.Log(4.0 / 3) + Math.Log(4)) / 2,
            targets.Loss(outputs, targets.Of(targets.LabelsOf([images[1], images[2]]), CPU)).item<float>(), 1e-5);
    }

    [TestMethod]
    public void A_blend_has_the_labels_of_both_images()
    {
        using DisposeScope scope = NewDisposeScope();
        var mix = new LabelMix(new Recipe { Mixup = 0.7 }, new LabelTargets(["a", "b"], smoothing: 0));
        double[] labels = mix.Targets.LabelsOf([images[1], images[2]]);
        (_, Tensor targets) = mix.Apply(zeros(2, 3, 8, 8), labels, new Random(1));
        CollectionAssert.AreEqual(new float[] { 0, 1, 0, 1 }, targets.data<float>().ToArray());
    }

    [TestMethod]
    public void An_epoch_is_better_by_its_mean_average_precision_and_then_by_its_loss()
    {
        MultiLabelEpoch first = new(1, 1, 0.5, 0.8, 0.7, 0.1, 0.1, 1), second = first with { Epoch = 2, ValidationMeanAveragePrecision = 0.9, ValidationLoss = 0.6 },
            third = second with { Epoch = 3, ValidationLoss = 0.55 };
        Assert.AreEqual(third, new TuningProgress { History = [first, second, third, second with { Epoch = 4 }] }.Best);
    }
}
