using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Data;

[TestClass]
public sealed class ResultProblemsTests
{
    /// <summary>97 bees and 5 ants: an accuracy of 0.96 that no ant has a part in.</summary>
    [TestMethod]
    public void A_class_that_is_never_predicted_is_said_with_the_remedy()
    {
        DataProblem[] problems = [.. ResultProblems.Find(Report([[0, 1], [0, 24]]), balanced: false)];
        CollectionAssert.AreEqual(new[] { DataProblem.NeverRecognized, DataProblem.Guessing }, problems.Select(problem => problem.Kind).ToArray());
        Assert.AreEqual("Not one image of 'class 0' (1 image, never predicted) is recognized, which the accuracy does not show.", problems[0].Message);
        Assert.AreEqual("The accuracy is 0.960, and 'class 1' as the answer for every image would have 0.960.", problems[1].Message);
        Assert.AreEqual("Train with balanced class weights, which count rare classes more, or add images.", problems[0].Remedy);
        Assert.AreEqual("Look at their labels, or add images.", ResultProblems.Find(Report([[0, 1], [0, 24]]), balanced: true).First().Remedy);
    }

    [TestMethod]
    public void A_class_that_is_predicted_for_others_only_is_said() => Assert.AreEqual(
        "Not one image of 'class 1' (2 images) is recognized, which the accuracy does not show.",
        ResultProblems.Find(Report([[9, 1, 0], [1, 0, 1], [0, 0, 8]]), balanced: false).Single().Message);

    [TestMethod]
    public void A_useful_result_has_none() => Assert.IsEmpty(ResultProblems.Find(Report([[7, 1], [2, 6]]), balanced: false));

    [TestMethod]
    public void A_class_without_images_is_not_missed_here_and_images_of_one_class_are_not_a_guess() =>
        Assert.IsEmpty(ResultProblems.Find(Report([[8, 1], [0, 0]]), balanced: false));

    private static ClassificationReport Report(int[][] matrix)
    {
        string[] classes = [.. matrix.Select((_, i) => $"class {i}")];
        int images = matrix.Sum(row => row.Sum());
        return new ClassificationReport
        {
            Accuracy = matrix.Select((row, i) => row[i]).Sum() / (double)images,
            LogLoss = 0.5,
            Calibration = [],
            Classes = classes,
            PerClass = [.. matrix.Select((row, i) => new ClassFigures(classes[i], 0.5, row.Sum() == 0 ? 0 : row[i] / (double)row.Sum(), row.Sum()))],
            ConfusionMatrix = matrix,
        };
    }
}
