using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class RegularizationTests
{
    private readonly MLContext mlContext = new(seed: 1);

    [TestMethod]
    public void More_of_it_makes_the_weights_smaller()
    {
        LabeledFeatures[] images = [.. Enumerable.Range(0, 20)
            .Select(i => new LabeledFeatures("", i % 2 == 0 ? "red" : "blue", [i % 2, (i + 1) % 2, 1]))];
        Assert.IsLessThan(Weight(0.1f) / 2, Weight(10));

        float Weight(float l2) =>
            LinearHead.Of((IEnumerable<ITransformer>)ClassificationHead.Fit(mlContext, images, new ClassificationHeadOptions
            {
                Scaling = FeatureScaling.UnitLength,
                L2Regularization = l2,
            }), 2)!.Weights[0][0];
    }

    [TestMethod]
    public void Less_than_none_is_refused() => StringAssert.StartsWith(
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ClassificationHeadOptions { L2Regularization = -1 }).Message,
            "A weight of regularization is 0 or more; null chooses one.");
}
