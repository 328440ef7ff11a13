namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The calibration bins and the expected calibration error of arXiv:1706.04599, worked by hand.</summary>
[TestClass]
public sealed class CalibrationTests
{
    [TestMethod]
    public void Bins_have_a_fifteenth_each_and_their_upper_end()
    {
        CalibrationBin[] bins = CalibrationBin.Of([(0.6, true), (0.61, false), (0.65, true), (0.99, true), (1.0000001, false)]);
        Assert.HasCount(15, bins);
        Assert.AreEqual(new CalibrationBin(0.6, 1, 1), bins[8]);
        Assert.AreEqual(new CalibrationBin(0.63, 0.5, 2), bins[9]);
        Assert.AreEqual(2, bins[14].Images);
        Assert.AreEqual(5, bins.Sum(bin => bin.Images));
    }

    /// <summary>(2 * |0.5 - 0.63| + 2 * |1 - 0.9|) / 4.</summary>
    [TestMethod]
    public void The_expected_error_weighs_the_bins_by_their_images()
    {
        ClassificationReport report = new()
        {
            Accuracy = 0.75,
            LogLoss = 0,
            Calibration = CalibrationBin.Of([(0.61, false), (0.65, true), (0.9, true), (0.9, true)]),
            Classes = [],
            PerClass = [],
            ConfusionMatrix = [],
        };
        Assert.AreEqual(0.115, report.ExpectedCalibrationError, 1e-12);
    }

    [TestMethod]
    public void The_report_bins_every_image_by_the_probability_of_its_prediction()
    {
        Microsoft.ML.MLContext mlContext = new(seed: 1);
        LabeledFeatures[] images = [.. Enumerable.Range(0, 40).Select(i => new LabeledFeatures("", i % 4 == 0 ? "red" : "blue", [1, 1]))];
        var report = ClassificationReport.Of(mlContext, ClassificationHead.Fit(mlContext, images), images);

        // Every image looks alike, so all get the share of the larger class: 0.75, in (11/15, 12/15].
        Assert.AreEqual(40, report.Calibration[11].Images);
        Assert.AreEqual(0.75, report.Calibration[11].Accuracy, 1e-9);
        Assert.AreEqual(0.75, report.Calibration[11].Confidence, 0.01);
    }
}
