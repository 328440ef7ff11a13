namespace ResNetMLNet.Trainer;

/// <summary>Batches of images in the order of their store, unchanged: the pixels that <c>FeaturizeImages</c> gives the network.</summary>
internal sealed class EvaluationLoader
{
    private readonly ImageStore store;
    private readonly IReadOnlyList<double> labels;
    private readonly EpochBatches batches;
    private readonly int size;

    /// <param name="store">Images that <see cref="ImageStore.LoadCrops"/> loaded; it outlives this.</param>
    /// <param name="labels">The label of each image of the store, as <see cref="Batch.Labels"/> has them.</param>
    /// <param name="batchSize">Most images of a batch.</param>
    /// <exception cref="ArgumentException">There is not one label an image, or the images are whole.</exception>
    public EvaluationLoader(ImageStore store, IReadOnlyList<double> labels, int batchSize)
    {
        if (labels.Count != store.Count)
            throw new ArgumentException($"There are {labels.Count} labels for {store.Count} images; each image has one.", nameof(labels));
        if (store.Preprocessing is null)
            throw new ArgumentException("The images are whole. Load those to evaluate on with ImageStore.LoadCrops.", nameof(store));
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.store = store;
        this.labels = labels;
        batches = new EpochBatches(store.Count, batchSize);
        size = store.Preprocessing.ImageSize;
    }

    /// <summary>Batches of all images.</summary>
    public int Steps => batches.Count;

    /// <summary>All images. A batch is valid until the next one is asked for.</summary>
    public IEnumerable<Batch> Batches(CancellationToken cancellationToken)
    {
        int length = Batch.ImageLength(size);
        byte[] pixels = new byte[checked(batches.Largest * length)], buffer = [];
        for (int step = 0; step < Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int start = batches.StartOf(step), end = batches.StartOf(step + 1);
            for (int i = start; i < end; i++) store.Read(i, ref buffer).CopyTo(pixels.AsSpan((i - start) * length, length));
            yield return new Batch(pixels, [.. Enumerable.Range(start, end - start).Select(i => labels[i])], size);
        }
    }
}
