using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image that went through the pipeline.</summary>
/// <param name="Image">The image, as it came.</param>
/// <param name="Features">[C], valid until the enumeration moves on.</param>
/// <param name="Error">Why there are no features, or null.</param>
/// <param name="Oddities">What is odd about an image that has features.</param>
internal readonly record struct Featurized<T>(T Image, ReadOnlyMemory<float> Features, UnreadableImageException? Error,
    ImageOddities Oddities);

/// <summary>
/// Images in, features out, in order: all cores decode the next batches while the network runs on this one.
/// The images are read, and the network is run, on the thread that enumerates; memory is bounded by <see cref="Capacity"/>.
/// </summary>
/// <param name="backbone">The network.</param>
/// <param name="preprocessor">Makes its pixels.</param>
/// <param name="cache">Where features are looked for before they are computed, and kept; null is nowhere.</param>
/// <param name="log">Is told of images that cannot be read, and of the cache's hits.</param>
internal sealed class FeaturePipeline(BackboneFile backbone, ImagePreprocessor preprocessor, FeatureCache? cache, FeaturizingLog log)
{
    private readonly BackboneFile backbone = backbone;
    private readonly ImagePreprocessor preprocessor = preprocessor;
    private readonly FeatureCache? cache = cache;
    private readonly FeaturizingLog log = log;

    // A photo of 12 megapixels takes 48 MB.
    private const int LargeBatch = 4;

    /// <summary>The network.</summary>
    public BackboneFile Network => backbone;

    /// <summary>Images that go through the network at once.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Images that are decoded at the same time.</summary>
    public required int Parallelism { get; init; }

    /// <summary>Whether features are divided by their Euclidean length.</summary>
    public required bool Normalize { get; init; }

    /// <summary>
    /// Batches on their way: so many are decoded or decoding, beside the one in the network, that every thread has two images to decode.
    /// One batch only where what is read holds images, which are large, and were decoded one after another anyway.
    /// </summary>
    private int Depth(bool isLarge) => isLarge ? 1 : 1 + Math.Max(2, (2 * Parallelism + BatchSize - 1) / BatchSize);

    private int BatchOf(bool isLarge) => isLarge ? Math.Min(BatchSize, LargeBatch) : BatchSize;

    /// <summary>Images that are on their way at most: those read from the source and not yet passed by the enumeration.</summary>
    /// <param name="isLarge">Whether what is read from the source holds whole images.</param>
    public int Capacity(bool isLarge) => Depth(isLarge) * BatchOf(isLarge);

    /// <param name="images">The images, by whatever they are known.</param>
    /// <param name="open">Opens one. Called from many threads at once.</param>
    /// <param name="cancellationToken">Stops the decoding and the network.</param>
    /// <param name="isLarge">See <see cref="Capacity"/>.</param>
    public IEnumerable<Featurized<T>> Run<T>(IEnumerable<T> images, Func<T, Picture> open, CancellationToken cancellationToken,
        bool isLarge = false)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskScheduler threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Parallelism).ConcurrentScheduler;
        Queue<Batch<T>> decoding = new();
        Stack<Batch<T>> idle = new();
        long passed = 0, hits = 0;
        using IEnumerator<T> source = images.GetEnumerator();
        try
        {
            bool more = true;
            while (true)
            {
                while (more && decoding.Count < Depth(isLarge))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Batch<T> next = idle.TryPop(out Batch<T>? used) ? used : new Batch<T>(this, BatchOf(isLarge));
                    decoding.Enqueue(next); // before it is filled: should the source throw, its images are waited for as well
                    more = next.Fill(source, open, threads, stop.Token);
                }

                if (!decoding.TryPeek(out Batch<T>? batch) || batch.Count == 0)
                {
                    yield break;
                }

                batch.Wait(cancellationToken);
                batch.Infer(cancellationToken);
                hits += batch.CacheHits;
                passed += batch.Count;
                for (int i = 0; i < batch.Count; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (batch[i].Error is { } unreadable) log.Unreadable(unreadable);
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

            if (hits > 0) log.CacheHits(hits, passed);
        }
    }

    /// <summary>Featurizes one image on this thread.</summary>
    /// <param name="open">Opens it.</param>
    /// <param name="pixels">Room for the pixels: H * W * 3.</param>
    /// <param name="features">Takes the features: [C].</param>
    /// <exception cref="UnreadableImageException">There is no picture in it.</exception>
    public void RunOne(Func<Picture> open, Memory<byte> pixels, Memory<float> features)
    {
        Prepared prepared;
        using (Picture picture = open())
        {
            prepared = Prepare(picture, pixels.Span, features.Span, CancellationToken.None);
        }

        if (!prepared.HasFeatures)
        {
            backbone.Run(pixels, features, count: 1, CancellationToken.None);
            Keep(prepared, features.Span);
        }

        Finish(features.Span);
    }

    /// <summary>Gets an image's features from the cache, or else its pixels.</summary>
    public Prepared Prepare(Picture picture, Span<byte> pixels, Span<float> features, CancellationToken cancellationToken)
    {
        byte[]? key = cache is null ? null : picture.Hash();
        if (key is not null && cache!.TryRead(key, features, out ImageOddities known))
        {
            picture.Skip(preprocessor, cancellationToken);
            return new Prepared(HasFeatures: true, key, known);
        }

        ImageOddities seen = picture.Preprocess(preprocessor, pixels, cancellationToken);
        return new Prepared(HasFeatures: false, key, seen);
    }

    /// <summary>Gives the features that the network computed to the cache.</summary>
    public void Keep(Prepared prepared, ReadOnlySpan<float> features)
    {
        if (prepared.Key is not null)
        {
            cache!.Write(prepared.Key, features, prepared.Oddities);
        }
    }

    /// <summary>Makes of the network's features those that are given out.</summary>
    public void Finish(Span<float> features)
    {
        if (Normalize && TensorPrimitives.Norm<float>(features) is > 0 and float length)
        {
            TensorPrimitives.Divide(features, length, features);
        }
    }

    /// <param name="HasFeatures">Whether the cache had the features; otherwise there are pixels.</param>
    /// <param name="Key">What the cache knows the image by; null without a cache.</param>
    /// <param name="Oddities">What is odd about the image.</param>
    public readonly record struct Prepared(bool HasFeatures, byte[]? Key, ImageOddities Oddities);

    /// <summary>So many images, the buffers for them, and the tasks that decode them.</summary>
    private sealed class Batch<T>(FeaturePipeline pipeline, int size)
    {
        private readonly int pixelCount = pipeline.preprocessor.PixelCount;
        private readonly int featureCount = pipeline.backbone.FeatureCount;
        private readonly byte[] pixels = new byte[size * pipeline.preprocessor.PixelCount];
        private readonly float[] features = new float[size * pipeline.backbone.FeatureCount];
        private readonly float[] computed = new float[size * pipeline.backbone.FeatureCount];
        private readonly T[] images = new T[size];
        private readonly UnreadableImageException?[] errors = new UnreadableImageException?[size];
        private readonly Prepared[] prepared = new Prepared[size];
        private readonly List<Task> tasks = new(size);

        public int Count => tasks.Count;

        /// <summary>Images whose features the cache had.</summary>
        public int CacheHits { get; private set; }

        public Featurized<T> this[int index] => new(images[index], Features(index), errors[index], prepared[index].Oddities);

        /// <summary>Reads images and starts to decode them. False where the source came to its end.</summary>
        public bool Fill(IEnumerator<T> source, Func<T, Picture> open, TaskScheduler threads, CancellationToken stop)
        {
            tasks.Clear();
            while (tasks.Count < images.Length)
            {
                if (!source.MoveNext())
                {
                    return false;
                }

                int index = tasks.Count;
                images[index] = source.Current;
                tasks.Add(Task.Factory.StartNew(() => Decode(index, open, stop), stop, TaskCreationOptions.DenyChildAttach, threads));
            }

            return true;
        }

        public void Wait(CancellationToken cancellationToken) =>
            Task.WhenAll(tasks).WaitAsync(cancellationToken).GetAwaiter().GetResult();

        public void Infer(CancellationToken cancellationToken)
        {
            int[] readable = [.. Enumerable.Range(0, Count).Where(i => errors[i] is null)];
            int[] missing = [.. readable.Where(i => !prepared[i].HasFeatures)];
            CacheHits = readable.Length - missing.Length;
            foreach ((int place, int i) in missing.Index())
            {
                if (place != i) Pixels(i).CopyTo(Pixels(place)); // the network takes them without gaps
            }

            if (missing.Length > 0)
            {
                pipeline.backbone.Run(pixels.AsMemory(0, missing.Length * pixelCount),
                    computed.AsMemory(0, missing.Length * featureCount), missing.Length, cancellationToken);
            }

            foreach ((int place, int i) in missing.Index())
            {
                computed.AsMemory(place * featureCount, featureCount).CopyTo(Features(i));
                pipeline.Keep(prepared[i], Features(i).Span);
            }

            foreach (int i in readable)
            {
                pipeline.Finish(Features(i).Span);
            }
        }

        [SuppressMessage("Performance", "CA1849", Justification = "An enumeration cannot await.")]
        public void WaitUntilIdle() =>
            Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

        private Span<byte> Pixels(int index) => pixels.AsSpan(index * pixelCount, pixelCount);

        private Memory<float> Features(int index) => features.AsMemory(index * featureCount, featureCount);

        private void Decode(int index, Func<T, Picture> open, CancellationToken stop)
        {
            try
            {
                using Picture picture = open(images[index]);
                prepared[index] = pipeline.Prepare(picture, Pixels(index), Features(index).Span, stop);
                errors[index] = null;
            }
            catch (UnreadableImageException unreadable)
            {
                errors[index] = unreadable;
            }
            catch (OutOfMemoryException tooLarge)
            {
                errors[index] = new UnreadableImageException(path: null, "needs more memory than there is", tooLarge);
            }
        }
    }
}
