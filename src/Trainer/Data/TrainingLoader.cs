using System.Collections.Concurrent;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Batches of augmented images for one epoch after another, made ahead by other threads. What is in them depends on the images, the
/// options, seed and epoch only: not on the number of threads, nor on where an epoch is started. One epoch at a time.
/// </summary>
internal sealed class TrainingLoader
{
    private readonly ImageStore store;
    private readonly IReadOnlyList<double> labels;
    private readonly int[] images;
    private readonly LoaderOptions options;
    private readonly EpochBatches batches;
    private readonly TaskFactory workers;

    // As many as are ever made or used at once; they outlive an epoch.
    private readonly ConcurrentBag<byte[]> buffers = [];
    private readonly ConcurrentBag<WorkerBuffers> workerBuffers = [];

    /// <param name="store">The images, whole; it outlives this.</param>
    /// <param name="labels">The label of each image of the store, as <see cref="Batch.Labels"/> has them.</param>
    /// <param name="options">What becomes of them.</param>
    /// <param name="left">Places of images in the store that are left out; null leaves none out.</param>
    /// <exception cref="ArgumentException">There is not one label an image, or the images are cut for evaluation.</exception>
    public TrainingLoader(ImageStore store, IReadOnlyList<double> labels, LoaderOptions options, IReadOnlySet<int>? left = null)
    {
        if (labels.Count != store.Count)
            throw new ArgumentException($"There are {labels.Count} labels for {store.Count} images; each image has one.", nameof(labels));
        if (store.Preprocessing is not null)
            throw new ArgumentException("The images are cut for evaluation. Load those to train on with ImageStore.Load.", nameof(store));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Prefetch, 1);
        if (options.MultiScale is { } sizes && (sizes.Smallest < 1 || sizes.Largest < sizes.Smallest || sizes.Multiple < 1))
            throw new ArgumentException($"Sizes from {sizes.Smallest} to {sizes.Largest} in steps of {sizes.Multiple} are none. Name the smallest first, such as 160 to 256 in steps of 32.", nameof(options));
        this.store = store;
        images = [.. Enumerable.Range(0, store.Count).Where(image => left?.Contains(image) != true)];
        this.labels = [.. images.Select(image => labels[image])];
        this.options = options;
        batches = new EpochBatches(images.Length, options.BatchSize);
        workers = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, options.Workers).ConcurrentScheduler);
    }

    /// <summary>Batches of an epoch.</summary>
    public int StepsPerEpoch => batches.Count;

    /// <summary>Images of the smallest batch: 1 only where the batch size is 1, or where there is one image.</summary>
    public int SmallestBatch => images.Length / batches.Count;

    /// <summary>Images of some steps together.</summary>
    /// <param name="from">The first step.</param>
    /// <param name="to">The step after the last one.</param>
    public int ImagesOf(int from, int to) => batches.StartOf(to) - batches.StartOf(from);

    /// <summary>The batches of an epoch. A batch is valid until the next one is asked for.</summary>
    /// <param name="epoch">Which, from 0.</param>
    /// <param name="firstStep">Where to start, 0 to <see cref="StepsPerEpoch"/>; what comes before is not made.</param>
    /// <param name="cancellationToken">Stops the threads.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int firstStep, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstStep);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstStep, StepsPerEpoch);
        return Batches(epoch, firstStep, cancellationToken);
    }

    private IEnumerable<Batch> Batches(int epoch, int firstStep, CancellationToken cancellationToken)
    {
        int[] order = options.Balanced
            ? EpochOrder.Balanced(labels, options.Seed, epoch)
            : EpochOrder.EachOnce(images.Length, options.Seed, epoch);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken stopping = stop.Token;
        var ahead = new Queue<Task<Batch>>();
        try
        {
            int started = firstStep;
            for (int step = firstStep; step < StepsPerEpoch; step++)
            {
                for (; started < Math.Min(StepsPerEpoch, step + options.Prefetch + 1); started++)
                {
                    int starting = started;
                    ahead.Enqueue(workers.StartNew(() => Make(order, epoch, starting, stopping), stopping));
                }

                Batch batch = ahead.Dequeue().GetAwaiter().GetResult();
                yield return batch;
                buffers.Add(batch.Pixels);
            }
        }
        finally
        {
            // Whoever stops early may dispose of the store at once.
            stop.Cancel();
            Task.WhenAll(ahead).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    private Batch Make(int[] order, int epoch, int step, CancellationToken cancellationToken)
    {
        int start = batches.StartOf(step), count = batches.StartOf(step + 1) - start;
        int size = options.MultiScale?.SizeOf(options.Seed, epoch, step) ?? options.Preprocessing.ImageSize;
        int length = Batch.ImageLength(size);
        if (!buffers.TryTake(out byte[]? pixels))
            pixels = new byte[checked(batches.Largest * Batch.ImageLength(options.MultiScale?.Largest ?? options.Preprocessing.ImageSize))];
        if (!workerBuffers.TryTake(out WorkerBuffers? buffer)) buffer = new WorkerBuffers(new Augmenter(options));
        double[] batchLabels = new double[count];
        for (int i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int image = images[order[start + i]];
            (int width, int height) = store.SizeOf(image);
            ReadOnlySpan<byte> rgb = store.Read(image, ref buffer.FromDisk);
            Span<byte> made = pixels.AsSpan(i * length, length);
            buffer.Augmenter.Apply(rgb, width, height, new RandomStream(options.Seed, epoch, start + i), size, made);
            options.Change?.Invoke(made, size, new Random(new RandomStream(~options.Seed, epoch, start + i).Below(int.MaxValue)));
            batchLabels[i] = labels[order[start + i]];
        }

        workerBuffers.Add(buffer);
        return new Batch(pixels, batchLabels, size);
    }

    private sealed class WorkerBuffers(Augmenter augmenter)
    {
        public byte[] FromDisk = [];

        public Augmenter Augmenter => augmenter;
    }
}
