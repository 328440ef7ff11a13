using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A data set in folds that have the same mix of classes. Files with the same bytes are in one fold.</summary>
internal static class ImageFolds
{
    /// <summary>Divides them.</summary>
    /// <param name="images">The data set.</param>
    /// <param name="task">What is learned.</param>
    /// <param name="folds">How many folds.</param>
    /// <param name="seed">The same seed gives the same folds of the same images.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The images of each fold, and the others, in the order given.</returns>
    /// <exception cref="TrainingException">There are too few different images, of a class or in all.</exception>
    public static IReadOnlyList<(IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage> Validation)> Of(
        IReadOnlyList<LabeledImage> images, LearningTask task, int folds, int seed, CancellationToken cancellationToken)
    {
        int[][] copies = Copies(images, cancellationToken);
        if (copies.Length < folds)
            throw new TrainingException($"{folds} folds need as many different images, and there are {copies.Length}. Use fewer folds, or add images.");
        if (Strata(images, copies, task).FirstOrDefault(stratum => stratum.Count() == 1) is { } single)
        {
            throw new TrainingException(
                $"Class '{single.Key}' has one image, or copies of one. A class needs two at least, so that one can be trained on while the other is held out.");
        }
        int[] foldOf = FoldOf(images, copies, task, folds, seed);
        return [.. Enumerable.Range(0, folds).Select(fold => (Part(i => foldOf[i] != fold), Part(i => foldOf[i] == fold)))];

        IReadOnlyList<LabeledImage> Part(Func<int, bool> isIn) => [.. images.Where((_, i) => isIn(i))];
    }

    /// <summary>The fold of each image, 0 to <paramref name="folds"/> - 1; some folds are empty where images are few.</summary>
    /// <inheritdoc cref="Of"/>
    public static int[] FoldOf(
        IReadOnlyList<LabeledImage> images, LearningTask task, int folds, int seed, CancellationToken cancellationToken) =>
        FoldOf(images, Copies(images, cancellationToken), task, folds, seed);

    /// <summary>
    /// Cross-fitting: what the images outside of each image's fold choose, so that none has a say in what its own figure is of (Stone 1974,
    /// doi:10.1111/j.2517-6161.1974.tb00994.x).
    /// </summary>
    /// <param name="foldOf">[N]: the fold of each image; copies are in the same.</param>
    /// <param name="choose">Chooses by some of the images: their places.</param>
    /// <returns>[N].</returns>
    public static T[] ChosenByOthers<T>(int[] foldOf, Func<int[], T> choose)
        where T : notnull
    {
        Dictionary<int, T> withoutFold = foldOf.Distinct().ToDictionary(
            fold => fold, fold => choose([.. Enumerable.Range(0, foldOf.Length).Where(i => foldOf[i] != fold)]));
        return Array.ConvertAll(foldOf, fold => withoutFold[fold]);
    }

    private static int[] FoldOf(IReadOnlyList<LabeledImage> images, int[][] copies, LearningTask task, int folds, int seed)
    {
        int[] foldOf = new int[images.Count];
        var random = new Random(seed);
        int next = 0;
        foreach (IGrouping<string, int[]> stratum in Strata(images, copies, task))
        {
            int[][] members = [.. stratum];
            random.Shuffle(members);
            foreach (int[] same in members)
            {
                foreach (int i in same) foldOf[i] = next % folds;
                next++;
            }
        }
        return foldOf;
    }

    private static IEnumerable<IGrouping<string, int[]>> Strata(IReadOnlyList<LabeledImage> images, int[][] copies, LearningTask task) =>
        copies.GroupBy(same => task.Stratum(images[same[0]].Label)).OrderBy(group => group.Key, StringComparer.Ordinal);

    /// <summary>Images by their bytes, in the order of the first ones; one that cannot be read is by itself.</summary>
    private static int[][] Copies(IReadOnlyList<LabeledImage> images, CancellationToken cancellationToken)
    {
        string[] hashes = [.. images.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select((image, i) => FileCopies.TryHash(image.ImagePath) ?? $"unreadable {i}")];
        return [.. Enumerable.Range(0, images.Count).GroupBy(i => hashes[i]).Select(group => group.ToArray())];
    }
}
