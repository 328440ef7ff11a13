using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Looks through a result for what its accuracy hides.</summary>
internal static class ResultProblems
{
    /// <summary>Finds the problems.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="balanced">Whether each class counted the same in training.</param>
    /// <returns>The gravest first; none where nothing was found.</returns>
    public static IEnumerable<DataProblem> Find(ClassificationReport report, bool balanced)
    {
        Setting? setting = balanced ? null : new Setting(nameof(ClassificationHeadOptions.ClassWeights));
        string remedy = balanced
            ? "Look at their labels, or add images."
            : "Train with balanced class weights, which count rare classes more, or add images.";
        string[] lost = [.. report.PerClass.Index().Where(entry => entry.Item is { Images: > 0, Recall: 0 }).Select(
            entry => Lost(report, entry.Index))];
        if (lost.Length > 0)
            yield return new DataProblem(DataProblem.NeverRecognized,
                $"Not one image of {string.Join(", ", lost)} is recognized, which the accuracy does not show.", remedy,
                [])
            { Setting = setting };

        int images = report.PerClass.Sum(figures => figures.Images);
        ClassFigures largest = report.PerClass.MaxBy(figures => figures.Images)!;
        double share = (double)largest.Images / images;
        if (share < 1 && report.Accuracy <= share)
        {
            yield return new DataProblem(DataProblem.Guessing, string.Create(CultureInfo.InvariantCulture,
                $"The accuracy is {report.Accuracy:F3}, and '{largest.Label}' as the answer for every image would have {share:F3}."), remedy, [])
            { Setting = setting };
        }
    }

    /// <summary>Finds the problems of a regression.</summary>
    /// <param name="report">The figures.</param>
    public static IEnumerable<DataProblem> Find(RegressionReport report)
    {
        if (report.RSquared is null)
        {
            yield return new DataProblem(DataProblem.Unmeasured,
                $"All {report.Images} images to measure on have the same value, so R² is undefined: whether others are told apart is unknown.",
                "Validate on images of different values.", []);
        }
        else if (report.RSquared <= 0)
        {
            yield return new DataProblem(DataProblem.Guessing, string.Create(CultureInfo.InvariantCulture,
                $"R² is {report.RSquared:F3}: the mean value as the answer for every image would be as good."),
                "Look at the values, or add images.", []);
        }
    }

    /// <summary>Finds the problems of a model of labels.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="measured">All labels of the images to measure on, those that are not learned among them.</param>
    public static IEnumerable<DataProblem> Find(MultiLabelReport report, IEnumerable<string> measured)
    {
        string[] unknown = [.. measured.Except(report.Labels.Select(label => label.Label)).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            yield return new DataProblem(DataProblem.MissingClasses,
                $"Images to measure on have the labels '{string.Join("', '", unknown)}', which the model does not know: the figures leave them out.",
                "Add images with them to those to train on.", []);
        }

        string[] lost = [.. report.Labels.Where(label => label is { Images: > 0, TruePositives: 0 }).Select(
            label => $"'{label.Label}' ({(label.Images == 1 ? "1 image" : $"{label.Images} images")}{(label.Predicted == 0 ? ", never predicted" : "")})")];
        if (lost.Length > 0)
        {
            yield return new DataProblem(DataProblem.NeverRecognized,
                $"Not one image of {string.Join(", ", lost)} is given the label.", "Look at the images that have it, or add some.", []);
        }

        string[] unmeasured = [.. report.Labels.Where(label => label.Images == 0).Select(label => label.Label)];
        if (unmeasured.Length > 0)
        {
            yield return new DataProblem(DataProblem.Unmeasured,
                $"No image to measure on has the labels '{string.Join("', '", unmeasured)}': how well they are recognized is unknown.",
                "Add images that have them.", []);
        }
    }

    private static string Lost(ClassificationReport report, int index)
    {
        ClassFigures figures = report.PerClass[index];
        string images = figures.Images == 1 ? "1 image" : $"{figures.Images} images";
        return $"'{figures.Label}' ({images}{(report.ConfusionMatrix.Sum(row => row[index]) == 0 ? ", never predicted" : "")})";
    }
}
