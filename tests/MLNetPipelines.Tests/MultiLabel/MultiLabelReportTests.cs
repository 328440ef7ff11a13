namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Figures of several labels, against scikit-learn's documentation and by hand.</summary>
[TestClass]
public sealed class MultiLabelReportTests
{
    /// <summary>The example of sklearn.metrics.average_precision_score.</summary>
    [TestMethod]
    public void Average_precision_is_that_of_scikit_learn() =>
        Assert.AreEqual(0.8333, Report([[0], [0], [1], [1]], [[0.1f], [0.4f], [0.35f], [0.8f]]).Labels.Single().AveragePrecision!.Value, 1e-4);

    /// <summary>Of four equal predictions two are right: one step of recall from 0 to 1, at a precision of one half.</summary>
    [TestMethod]
    public void Equal_probabilities_are_one_threshold() =>
        Assert.AreEqual(0.5, Report([[1], [0], [1], [0]], [[0.3f], [0.3f], [0.3f], [0.3f]]).MeanAveragePrecision);

    /// <summary>The examples of sklearn.metrics.label_ranking_loss.</summary>
    [TestMethod]
    public void Ranking_loss_is_that_of_scikit_learn()
    {
        Assert.AreEqual(0.75, Report([[1, 0, 0], [0, 0, 1]], [[0.75f, 0.5f, 1], [1, 0.2f, 0.1f]]).RankingLoss, 1e-9);
        Assert.AreEqual(0, Report([[1, 0, 0], [0, 0, 1]], [[1, 0.1f, 0.2f], [0.1f, 0.2f, 0.9f]]).RankingLoss);
    }

    [TestMethod]
    public void Equal_probabilities_are_ranked_wrongly_and_images_with_all_labels_or_none_are_not_ranked()
    {
        Assert.AreEqual(1, Report([[1, 0]], [[0.5f, 0.5f]]).RankingLoss);
        Assert.AreEqual(0.5, Report([[1, 1], [1, 0]], [[0.1f, 0.9f], [0.1f, 0.9f]]).RankingLoss);
    }

    /// <summary>The multilabel example of sklearn.metrics.f1_score.</summary>
    [TestMethod]
    public void F1_is_that_of_scikit_learn()
    {
        MultiLabelReport report = Report([[0, 0, 0], [1, 1, 1], [0, 1, 1]], [[0, 0, 0], [1, 1, 1], [1, 1, 0]]);
        double[] expected = [0.6667, 1, 0.6667];
        foreach ((double f1, LabelFigures label) in expected.Zip(report.Labels)) Assert.AreEqual(f1, label.F1, 1e-4);
        Assert.AreEqual(0.7778, report.MacroF1!.Value, 1e-4);
        Assert.AreEqual(0.8, report.MicroF1, 1e-9); // 4 right, 1 given too many, 1 too few
    }

    [TestMethod]
    public void A_label_that_no_image_has_is_left_out_of_means_and_its_mistakes_count_all_the_same()
    {
        MultiLabelReport report = Report([[1, 0], [0, 0]], [[0.9f, 0.8f], [0.2f, 0.1f]]);
        Assert.AreEqual((1.0, 1.0, 0), (report.MeanAveragePrecision, report.MacroF1, report.Labels[1].Images));
        Assert.IsNull(report.Labels[1].AveragePrecision);
        Assert.AreEqual(2.0 / 3, report.MicroF1, 1e-9);
        Assert.IsNull(Report([[0]], [[0.9f]]).MeanAveragePrecision);
    }

    [TestMethod]
    public void Log_loss_is_a_mean_over_images_and_labels() => Assert.AreEqual(
        -(Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.5) + Math.Log(0.75)) / 4,
        Report([[1, 0], [1, 1]], [[0.9f, 0.2f], [0.5f, 0.75f]]).LogLoss, 1e-6);

    private static MultiLabelReport Report(int[][] truth, float[][] probabilities)
    {
        string[] names = [.. truth[0].Select((_, label) => $"label {label}")];
        return MultiLabelReport.Of(names, [.. names.Select(_ => 0.5f)],
            [.. truth.Select(image => names.Where((_, label) => image[label] == 1).ToArray())], probabilities);
    }
}
