namespace ResNetMLNet.MLNetPipelines;

/// <summary>Figures of how well a class's probability puts the images of the class before the others. They depend on no threshold.</summary>
internal static class RankedImages
{
    /// <summary>
    /// Area under the precision-recall curve: the sum over all thresholds of the precision there times what recall gains there, as
    /// scikit-learn's average_precision_score has it.
    /// </summary>
    /// <param name="truth">[N]: whether each image is of the class.</param>
    /// <param name="probabilities">[N]: what each image is given for it.</param>
    /// <returns>0 to 1; null where no image is of the class.</returns>
    public static double? AveragePrecision(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities)
    {
        int positives = truth.Count(has => has), given = 0, right = 0;
        if (positives == 0) return null;
        double sum = 0;
        foreach ((int count, int gained) in Descending(truth, probabilities))
        {
            (given, right) = (given + count, right + gained);
            sum += (double)right / given * gained / positives;
        }

        return sum;
    }

    /// <summary>
    /// Area under the ROC curve: the part of the pairs of an image of the class and another in which the first is the more probable; equal
    /// ones count a half (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).
    /// </summary>
    /// <inheritdoc cref="AveragePrecision"/>
    /// <returns>0 to 1, where 0.5 is a guess; null where all images are of the class, or none is.</returns>
    public static double? RocArea(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities)
    {
        long positives = truth.Count(has => has), negatives = truth.Count - positives, right = 0;
        if (positives == 0 || negatives == 0) return null;
        double sum = 0;
        foreach ((int count, int gained) in Descending(truth, probabilities))
        {
            sum += (right + (gained / 2.0)) * (count - gained);
            right += gained;
        }

        return sum / positives / negatives;
    }

    /// <summary>Images of equal probability together, the most probable first.</summary>
    private static IEnumerable<(int Count, int Gained)> Descending(IReadOnlyList<bool> truth, IReadOnlyList<float> probabilities) =>
        truth.Zip(probabilities).GroupBy(image => image.Second, image => image.First).OrderByDescending(group => group.Key)
            .Select(group => (group.Count(), group.Count(has => has)));
}
