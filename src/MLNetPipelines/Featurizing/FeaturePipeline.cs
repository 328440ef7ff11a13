using System.Diagnostics.CodeAnalysis;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Turns an image, whatever it comes as, into pixels: uint8 [H, W, 3]. Called from many threads at once.</summary>
/// <exception cref="UnreadableImageException">There is no picture in it.</exception>
internal delegate void LoadPixels<in T>(T image, Span<byte> pixels);

/// <summary>An image that went through the pipeline.</summary>
/// <param name="Image">The image, as it came.</param>
/// <param name="Features">[C], valid until the enumeration moves on.</param>
/// <param name="Error">Why there are no features, or null.</param>
internal readonly record struct Featurized<T>(T Image, ReadOnlyMemory<float> Features, UnreadableImageException? Error);

/// <summary>
/// Images in, features out, in order: all cores decode the next batches while the network runs on this one.
/// The images are read, and the network is run, on the thread that enumerates; memory is bounded by <see cref="Capacity"/>.
/// </summary>
internal sealed class FeaturePipeline(BackboneFile backbone, int batchSize)
{
    // So many batches are decoded or decoding, beside the one in the network, that every core has two images to decode.
    private readonly int depth = 1 + Math.Max(2, (2 * Environment.ProcessorCount + batchSize - 1) / batchSize);

    /// <summary>Images that are on their way at most: those read from the source and not yet passed by the enumeration.</summary>
    public int Capacity => depth * batchSize;

    public IEnumerable<Featurized<T>> Run<T>(IEnumerable<T> images, LoadPixels<T> load, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskScheduler cores = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler;
        Queue<Batch<T>> decoding = new();
        Stack<Batch<T>> idle = new();
        using IEnumerator<T> source = images.GetEnumerator();
        try
        {
            bool more = true;
            while (true)
            {
                while (more && decoding.Count < depth)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Batch<T> next = idle.TryPop(out Batch<T>? used) ? used : new Batch<T>(backbone, batchSize);
                    decoding.Enqueue(next); // before it is filled: should the source throw, its images are waited for as well
                    more = next.Fill(source, load, cores, stop.Token);
                }

                if (!decoding.TryPeek(out Batch<T>? batch) || batch.Count == 0)
                {
                    yield break;
                }

                batch.Wait(cancellationToken);
                batch.Infer(cancellationToken);
                for (int i = 0; i < batch.Count; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return batch[i];
                }

                idle.Push(decoding.Dequeue());
            }
        }
        finally
        {
            // Whoever stops early gets the images and their files back when no thread reads them any more.
            stop.Cancel();
            foreach (Batch<T> batch in decoding)
            {
                batch.WaitUntilIdle();
            }
        }
    }

    /// <summary>So many images, the buffers for them, and the tasks that decode them.</summary>
    private sealed class Batch<T>(BackboneFile backbone, int size)
    {
        private readonly int pixelCount = backbone.Preprocessing.ImageSize * backbone.Preprocessing.ImageSize * 3;
        private readonly byte[] pixels = new byte[size * backbone.Preprocessing.ImageSize * backbone.Preprocessing.ImageSize * 3];
        private readonly float[] features = new float[size * backbone.FeatureCount];
        private readonly T[] images = new T[size];
        private readonly UnreadableImageException?[] errors = new UnreadableImageException?[size];
        private readonly List<Task> tasks = new(size);

        public int Count => tasks.Count;

        public Featurized<T> this[int index] =>
            new(images[index], features.AsMemory(index * backbone.FeatureCount, backbone.FeatureCount), errors[index]);

        /// <summary>Reads images and starts to decode them. False where the source came to its end.</summary>
        public bool Fill(IEnumerator<T> source, LoadPixels<T> load, TaskScheduler cores, CancellationToken stop)
        {
            tasks.Clear();
            while (tasks.Count < size)
            {
                if (!source.MoveNext())
                {
                    return false;
                }

                int index = tasks.Count;
                images[index] = source.Current;
                tasks.Add(Task.Factory.StartNew(() => Decode(index, load), stop, TaskCreationOptions.DenyChildAttach, cores));
            }

            return true;
        }

        public void Wait(CancellationToken cancellationToken) =>
            Task.WhenAll(tasks).WaitAsync(cancellationToken).GetAwaiter().GetResult();

        public void Infer(CancellationToken cancellationToken)
        {
            if (errors.AsSpan(0, Count).Contains(null))
            {
                backbone.Run(
                    pixels.AsMemory(0, Count * pixelCount), features.AsMemory(0, Count * backbone.FeatureCount), Count, cancellationToken);
            }
        }

        [SuppressMessage("Performance", "CA1849", Justification = "An enumeration cannot await.")]
        public void WaitUntilIdle() =>
            Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

        private void Decode(int index, LoadPixels<T> load)
        {
            try
            {
                load(images[index], pixels.AsSpan(index * pixelCount, pixelCount));
                errors[index] = null;
            }
            catch (UnreadableImageException unreadable)
            {
                errors[index] = unreadable;
            }
        }
    }
}
