namespace ResNetMLNet.MLNetPipelines;

/// <summary>The classes that images get before and after.</summary>
/// <param name="Agreement">The part that get the same, 0 to 1.</param>
/// <param name="Before">The part that get their own before; null where that is not known.</param>
/// <param name="After">The part that get their own after.</param>
/// <param name="PValue">McNemar's.</param>
/// <param name="Labelled">Images whose class is known.</param>
internal sealed record ClassComparison(double Agreement, double? Before, double? After, double? PValue, int Labelled)
{
    /// <param name="classifier">Names classes.</param>
    /// <param name="first">What the network makes of the images before.</param>
    /// <param name="second">What it makes of them after.</param>
    /// <param name="labels">Their true classes; null, or none of the classifier's, where one is not known.</param>
    public static ClassComparison Of(
        ComparedClassifier classifier, NetworkOutputs first, NetworkOutputs second, IReadOnlyList<string?> labels)
    {
        IReadOnlyList<string> before = classifier.Of(first), after = classifier.Of(second);
        int agreeing = before.Zip(after).Count(pair => pair.First == pair.Second);
        (bool Before, bool After)[] right = [.. labels.Index().Where(label => classifier.Classes.Contains(label.Item))
            .Select(label => (before[label.Index] == label.Item, after[label.Index] == label.Item))];
        double agreement = (double)agreeing / before.Count;
        if (right.Length == 0) return new ClassComparison(agreement, null, null, null, 0);
        return new ClassComparison(agreement, right.Average(image => image.Before ? 1.0 : 0), right.Average(image => image.After ? 1.0 : 0),
            McNemar.PValue(right.Count(image => image is (true, false)), right.Count(image => image is (false, true))), right.Length);
    }

    /// <summary>
    /// Points that accuracy fell, 0 where it rose. One image more or less says nothing, so a single one is not counted.
    /// </summary>
    public double Drop => Before - After is double drop && drop * Labelled > 1.5 ? 100 * drop : 0;
}
