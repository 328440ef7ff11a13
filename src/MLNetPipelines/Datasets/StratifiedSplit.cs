namespace ResNetMLNet.MLNetPipelines;

/// <summary>A data set in two parts that have the same mix of classes.</summary>
public static class StratifiedSplit
{
    /// <summary>Splits class by class: each keeps at least one image in either part, and either part the order given.</summary>
    /// <typeparam name="T">What an image is known by.</typeparam>
    /// <param name="images">The data set.</param>
    /// <param name="label">An image's class.</param>
    /// <param name="validationFraction">The part of each class that goes into the second part, in (0, 1); rounded.</param>
    /// <param name="seed">The same seed gives the same split of the same images.</param>
    /// <exception cref="InvalidDataException">A class has only one image.</exception>
    public static (IReadOnlyList<T> Train, IReadOnlyList<T> Validation) Of<T>(IReadOnlyList<T> images, Func<T, string> label,
        double validationFraction, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(validationFraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(validationFraction, 1);
        var random = new Random(seed);
        var validation = new HashSet<int>();
        foreach (IGrouping<string, int> group in Enumerable.Range(0, images.Count).GroupBy(i => label(images[i]))
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            int[] members = [.. group];
            if (members.Length == 1)
            {
                throw new InvalidDataException(
                    $"Class '{group.Key}' has one image. A class needs two at least, one to train on and one to validate; add images, or "
                        + $"give a validation folder.");
            }

            random.Shuffle(members);
            int count = Math.Clamp((int)Math.Round(members.Length * validationFraction), 1, members.Length - 1);
            validation.UnionWith(members.AsSpan(0, count).ToArray());
        }

        return ([.. images.Where((_, i) => !validation.Contains(i))], [.. images.Where((_, i) => validation.Contains(i))]);
    }
}
