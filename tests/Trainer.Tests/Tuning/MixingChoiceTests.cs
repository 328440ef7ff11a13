using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Tuning;

/// <summary>Which part of the trained weights is kept, by the losses of the images to validate on.</summary>
[TestClass]
public sealed class MixingChoiceTests
{
    private static readonly int[] foldOf = [.. Enumerable.Range(0, 60).Select(i => i % MixingChoice.Folds)];

    /// <param name="gain">Of the trained weights alone, on average.</param>
    /// <param name="expected">What is kept.</param>
    [TestMethod]
    [DataRow(0.3, 1)]
    [DataRow(0, 0.5)]
    [DataRow(-0.3, 0.5)]
    public void The_part_of_least_loss_is_kept_and_of_equals_the_usual_one(double gain, double expected)
    {
        var choice = MixingChoice.Of(Losses(gain, spread: 0), foldOf);
        Assert.AreEqual(expected, choice.Share);
        Assert.IsTrue(choice.ShareOfImage.All(share => share == expected));
        Assert.AreEqual(1 - gain, choice.Losses[^1], 1e-12);
    }

    [TestMethod]
    public void An_image_has_no_say_in_the_part_that_it_is_measured_with()
    {
        IReadOnlyList<double>[] losses = Losses(gain: 0.01, spread: 0.5); // by a little, as some images say
        MixingChoice before = MixingChoice.Of(losses, foldOf);
        Assert.HasCount(2, before.ShareOfImage.Distinct().ToArray());
        int differs = before.ShareOfImage.ToList().FindIndex(share => share != before.Share);
        foreach (double loss in new[] { 0, 100 })
        {
            double[] changed = [.. losses[^1]];
            changed[differs] = loss;
            Assert.AreEqual(before.ShareOfImage[differs], MixingChoice.Of([.. losses[..^1], changed], foldOf).ShareOfImage[differs]);
        }
    }

    [TestMethod]
    public void Few_images_choose_nothing() => Assert.AreEqual(
        0.5, MixingChoice.Of([.. Losses(gain: 0.9, spread: 0).Select(each => each.Take(19).ToArray())], foldOf[..19]).Share);

    [TestMethod]
    public void Images_of_another_part_are_measured_by_what_it_says_of_them()
    {
        LabeledImage[] listed = [new() { ImagePath = "1", Label = "a" }, new() { ImagePath = "2", Label = "b" }];
        LabeledFeatures[] validation = [new("3", "a", [1, 0]), new("4", "b", [1, 0])];
        var head = new LinearHead([[9, 0], [0, 9]], [0, 0]);
        var job = new TrainingJob(ImageDataSet.FromImages(listed), new TrainingOptions(), Progress: null);
        LabeledFeatures[] train = [new("1", "a", [1, 0]), new("2", "b", [0, 1])];
        var model = (ClassifierModel)LearningTask.Classification.GiveHead(
            job, new(), new CrossFittedHead(head, new Dictionary<string, float[]> { ["4"] = [0.25f, 0.75f] }), listed, train, validation);
        Assert.AreEqual(1, model.Report.Accuracy);
        Assert.AreEqual(-(Math.Log(1 / (1 + Math.Exp(-9))) + Math.Log(0.75)) / 2, model.Report.LogLoss, 1e-5);
        IReadOnlyList<PredictedImage> predictions = PredictedImage.Of(model.Report.Classes, validation, model.Probabilities!);
        Assert.AreEqual(("b", 0.75, 0.75), (predictions[1].Predicted, predictions[1].Probability, predictions[1].LabelProbability));
    }

    [TestMethod]
    public void Figures_that_are_not_all_of_the_network_say_so()
    {
        var choice = new WeightMixingChoice(0.75, [new(0.5, 0.4), new(0.75, 0.3)]) { OtherImages = 0 };
        Assert.IsNull(choice.Note);
        Assert.AreEqual("0.75 of the trained weights, chosen by the validation images from 0.5 (loss 0.400), 0.75 (loss 0.300)", $"{choice}");
        Assert.AreEqual(
            "12 of these images are measured with another part of the trained weights than 0.75, the network's: without a tenth of the images, the others choose another.",
            (choice with { OtherImages = 12 }).Note);
    }

    // The usual part's losses are 1; the others' vary from image to image, in an order that the seed makes.
    private static IReadOnlyList<double>[] Losses(double gain, double spread)
    {
        double[] trained = [.. foldOf.Select((_, i) => 1 - gain + spread * Math.Sqrt(3) * ((2 * i + 1) / (double)foldOf.Length - 1))];
        new Random(1).Shuffle(trained);
        return [[.. foldOf.Select(_ => 1.0)], .. Enumerable.Repeat<double[]>([.. foldOf.Select(_ => 2.0)], 3), trained];
    }
}
