using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// Ten red images and thirty blue ones that look alike: what a head says of them is the share of the classes that it was taught.
/// </summary>
[TestClass]
public sealed class ClassWeightsTests
{
    private readonly MLContext mlContext = new(seed: 1);
    private readonly LabeledFeatures[] images = [.. Enumerable.Range(0, 40)
        .Select(i => new LabeledFeatures("", i % 4 == 0 ? "red" : "blue", [1, 1]))];

    [TestMethod]
    public void Without_weights_a_class_counts_by_its_images() => Assert.AreEqual(0.25, ProbabilityOfRed(ClassWeights.None), 0.01);

    [TestMethod]
    public void Balanced_classes_count_the_same() => Assert.AreEqual(0.5, ProbabilityOfRed(ClassWeights.Balanced), 0.01);

    /// <summary>10 * 6 of 10 * 6 + 30.</summary>
    [TestMethod]
    public void Given_weights_count_and_a_class_that_is_not_named_has_1() =>
        Assert.AreEqual(2 / 3.0, ProbabilityOfRed(ClassWeights.Of(new Dictionary<string, double> { ["red"] = 6 })), 0.01);

    [TestMethod]
    public void A_weight_for_a_class_without_images_is_refused() => Assert.AreEqual(
        "There is a weight for class 'green', which has no images. The classes are 'blue', 'red'.",
        Assert.ThrowsExactly<InvalidDataException>(() => ProbabilityOfRed(
            ClassWeights.Of(new Dictionary<string, double> { ["green"] = 2 }))).Message);

    [TestMethod]
    public void A_weight_of_nothing_is_refused() => Assert.AreEqual(
        "The weight of class 'red' is 0. A weight is more than 0; leave the class's images out where they are not to count.",
        Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Of(new Dictionary<string, double> { ["red"] = 0 })).Message);

    private float ProbabilityOfRed(ClassWeights weights)
    {
        ITransformer head = ClassificationHead.Fit(mlContext, images, new ClassificationHeadOptions { ClassWeights = weights });
        return head.Transform(LabeledFeatures.ToDataView(mlContext, images)).GetColumn<float[]>("Score").First()[1];
    }
}
