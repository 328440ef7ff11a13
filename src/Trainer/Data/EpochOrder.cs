namespace ResNetMLNet.Trainer;

/// <summary>Which images an epoch takes, in which order: a pure function of seed and epoch.</summary>
internal static class EpochOrder
{
    // Places in RandomStream that are no image's.
    private const int OrderPlace = -1;

    /// <summary>Every image once.</summary>
    public static int[] EachOnce(int images, int seed, int epoch)
    {
        var random = new RandomStream(seed, epoch, OrderPlace);
        int[] order = [.. Enumerable.Range(0, images)];
        random.Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>
    /// As many images as there are, every class as often as any other to within one. Images of a class are repeated, or left out, evenly:
    /// none is taken a second time before all of its class were taken once.
    /// </summary>
    public static int[] Balanced(IReadOnlyList<double> labels, int seed, int epoch)
    {
        var random = new RandomStream(seed, epoch, OrderPlace);
        int[][] classes = [.. Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(group => group.Key).Select(
            group => group.ToArray())];
        random.Shuffle(classes.AsSpan()); // which classes are taken once more where the images do not divide
        int[] order = new int[labels.Count];
        int written = 0;
        for (int c = 0; c < classes.Length; c++)
        {
            int end = (int)((long)labels.Count * (c + 1) / classes.Length);
            for (int taken = 0; written < end; taken++)
            {
                if (taken % classes[c].Length == 0) random.Shuffle(classes[c].AsSpan());
                order[written++] = classes[c][taken % classes[c].Length];
            }
        }

        random.Shuffle(order.AsSpan());
        return order;
    }
}
