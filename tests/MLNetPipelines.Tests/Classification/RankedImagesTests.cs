namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Figures of rankings, against those that scikit-learn documents and against pairs counted by hand.</summary>
[TestClass]
public sealed class RankedImagesTests
{
    // The example of sklearn.metrics.roc_auc_score and average_precision_score.
    [TestMethod]
    public void Areas_are_those_of_scikit_learn()
    {
        bool[] truth = [false, false, true, true];
        float[] probabilities = [0.1f, 0.4f, 0.35f, 0.8f];
        Assert.AreEqual(0.75, RankedImages.RocArea(truth, probabilities)!.Value, 1e-12);
        Assert.AreEqual(1 * 0.5 + 2 / 3.0 * 0.5, RankedImages.AveragePrecision(truth, probabilities)!.Value, 1e-12);
    }

    // Four pairs: one of equal probabilities, which counts a half, and three in the right order.
    [TestMethod]
    public void Equal_probabilities_are_one_threshold()
    {
        bool[] truth = [true, false, true, false];
        float[] probabilities = [0.5f, 0.5f, 0.7f, 0.2f];
        Assert.AreEqual(3.5 / 4, RankedImages.RocArea(truth, probabilities)!.Value, 1e-12);
        Assert.AreEqual(1 * 0.5 + 2 / 3.0 * 0.5, RankedImages.AveragePrecision(truth, probabilities)!.Value, 1e-12);
    }

    [TestMethod]
    public void Where_there_is_nothing_to_tell_apart_there_is_no_area()
    {
        Assert.IsNull(RankedImages.RocArea([true, true], [0.1f, 0.2f]));
        Assert.IsNull(RankedImages.RocArea([false], [0.1f]));
        Assert.IsNull(RankedImages.AveragePrecision([false], [0.1f]));
        Assert.AreEqual(1, RankedImages.AveragePrecision([true, true], [0.1f, 0.2f]));
    }

    [TestMethod]
    public void A_report_has_the_figures_of_each_class_and_of_the_most_probable_classes()
    {
        var report = ClassificationReport.Of(["a", "b", "c"], ["a", "b", "c", "a"],
        [
            [0.6f, 0.3f, 0.1f], // right
            [0.5f, 0.4f, 0.1f], // the second is right
            [0.5f, 0.3f, 0.2f], // the third is
            [0.3f, 0.1f, 0.6f], // the second
        ]);

        CollectionAssert.AreEqual(new[] { 0.25, 0.75, 1 }, report.TopAccuracies.ToArray());
        ClassFigures a = report.PerClass[0], b = report.PerClass[1];
        Assert.AreEqual(2 / 4.0, a.RocArea); // 0.6 and 0.3 against 0.5 and 0.5
        Assert.AreEqual(1, b.RocArea);
        Assert.AreEqual((1, 0.35), (b.BestF1!.Value, Math.Round(b.BestF1Threshold!.Value, 6))); // between 0.4 and 0.3
        Assert.AreEqual((a.RocArea + b.RocArea + report.PerClass[2].RocArea) / 3, report.MacroRocArea);
        Assert.AreEqual(report.PerClass.Average(figures => figures.AveragePrecision), report.MacroAveragePrecision);
    }
}
