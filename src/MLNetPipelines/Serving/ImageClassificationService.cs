using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A trained image classifier for servers: any number of threads ask for images' classes at the same time, and what they ask for together
/// goes through one network together. (<see cref="ImageClassifier"/> does the same for one thread with many images.)
/// </summary>
/// <remarks>
/// Images are decoded on all cores, in front of the network; one that cannot be read fails its own request. Memory is bounded:
/// see <see cref="ImageClassificationServiceOptions.QueueCapacity"/>.
/// </remarks>
public sealed class ImageClassificationService : IDisposable, IAsyncDisposable
{
    private readonly ImageClassifier classifier;
    private readonly FeaturePipeline pipeline;
    private readonly int pixelCount;
    private readonly int queueCapacity;
    private readonly SemaphoreSlim places;
    private readonly SemaphoreSlim decoders;
    private readonly MicroBatches<ClassificationRequest> batches;
    private readonly CancellationTokenSource closing = new();
    private readonly Lazy<Task> closed;

    private ImageClassificationService(ImageClassifier classifier, ImageClassificationServiceOptions options)
    {
        this.classifier = classifier;
        pipeline = classifier.Featurizer.Pipeline;
        pixelCount = classifier.Featurizer.Preprocessor.PixelCount;
        queueCapacity = options.QueueCapacity;
        places = new SemaphoreSlim(queueCapacity);
        decoders = new SemaphoreSlim(pipeline.Parallelism);
        TimeSpan delay = options.MaxDelay ?? (classifier.Featurizer.OnCuda ? TimeSpan.FromMilliseconds(4) : TimeSpan.Zero);
        BatchClassification batch = new(classifier, places);
        batches = new MicroBatches<ClassificationRequest>(pipeline.BatchSize, delay, batch.Run);
        batches.Start();
        closed = new Lazy<Task>(CloseAsync);
    }

    /// <summary>The classes' names, in the order of the network's scores.</summary>
    public IReadOnlyList<string> Classes => classifier.Classes;

    /// <summary>The device that the network runs on, and where it is the CPU for want of another, why: one readable line.</summary>
    public string Device => classifier.Featurizer.Device;

    /// <summary>Opens a model that <c>mlContext.Model.Save</c> or <c>resnet-mlnet train</c> wrote.</summary>
    /// <param name="modelPath">The zip file.</param>
    /// <param name="options">Device, batches, limits; null takes the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no model of an image classifier, or damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageClassificationService Open(string modelPath, ImageClassificationServiceOptions? options = null)
    {
        options ??= new ImageClassificationServiceOptions();
        return new ImageClassificationService(ImageClassifier.Load(modelPath, options.Featurizing), options);
    }

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">JPEG, PNG, GIF, BMP or WebP, whatever its name says.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    /// <returns>Every class and its probability. An unreadable image fails the task, so <see cref="ImagePrediction.Error"/> is null.</returns>
    /// <exception cref="UnreadableImageException">There is no whole picture of a known format and bearable size.</exception>
    /// <exception cref="ImageQueueFullException">Too many requests are under way.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    /// <exception cref="ObjectDisposedException">The service is closed or closing.</exception>
    public Task<ImagePrediction> PredictAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PredictAsync(path, _ => ValueTask.FromResult<Func<Picture>>(() => Picture.OfFile(path)), cancellationToken);
    }

    /// <inheritdoc cref="PredictAsync(string, CancellationToken)"/>
    /// <summary>Classifies the content of an image file.</summary>
    /// <param name="image">The file's bytes. They must stay as they are until the task is done.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    /// <returns>Every class and its probability, with an empty <see cref="ImagePrediction.Path"/>. An unreadable image fails the task.</returns>
    public Task<ImagePrediction> PredictAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken = default) =>
        PredictAsync("", _ => ValueTask.FromResult<Func<Picture>>(() => Picture.OfBytes(image.Span)), cancellationToken);

    /// <inheritdoc cref="PredictAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <summary>Classifies the content of an image file that a stream gives.</summary>
    /// <param name="image">Read to its end, and not disposed of.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    public Task<ImagePrediction> PredictAsync(Stream image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PredictAsync("", async stop =>
        {
            byte[] bytes = await ImageFile.ReadAsync(image, stop).ConfigureAwait(false);
            return () => Picture.OfBytes(bytes);
        }, cancellationToken);
    }

    /// <summary>
    /// Closes the service: later requests are refused with an <see cref="ObjectDisposedException"/>, those under way are completed, except
    /// where a stream is still being read. Then the network is released.
    /// </summary>
    public ValueTask DisposeAsync() => new(closed.Value);

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => closed.Value.GetAwaiter().GetResult();

    private async Task<ImagePrediction> PredictAsync(
        string path, Func<CancellationToken, ValueTask<Func<Picture>>> read, CancellationToken cancellationToken)
    {
        TakePlace();
        ClassificationRequest request;
        try
        {
            Func<Picture> open = await ReadAsync(read, cancellationToken).ConfigureAwait(false);
            request = await DecodeAsync(path, open, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            places.Release();
            throw;
        }

        batches.Add(request); // and with it the place
        return await request.Prediction.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void TakePlace()
    {
        bool taken = places.Wait(0, CancellationToken.None);
        if (closing.IsCancellationRequested)
        {
            if (taken) places.Release();
            throw new ObjectDisposedException(nameof(ImageClassificationService));
        }

        if (!taken) throw new ImageQueueFullException(queueCapacity);
    }

    private async Task<Func<Picture>> ReadAsync(Func<CancellationToken, ValueTask<Func<Picture>>> read, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        try
        {
            return await read(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(ImageClassificationService));
        }
    }

    private async Task<ClassificationRequest> DecodeAsync(string path, Func<Picture> open, CancellationToken cancellationToken)
    {
        await decoders.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Decode(path, open, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            decoders.Release();
        }
    }

    private ClassificationRequest Decode(string path, Func<Picture> open, CancellationToken cancellationToken)
    {
        byte[] pixels = ArrayPool<byte>.Shared.Rent(pixelCount);
        try
        {
            float[] features = new float[classifier.Featurizer.FeatureCount];
            using Picture picture = open();
            FeaturePipeline.Prepared prepared = pipeline.Prepare(picture, pixels.AsSpan(0, pixelCount), features);
            return new ClassificationRequest(path, pixels, features, prepared, cancellationToken);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(pixels);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        batches.Hurry();
        for (int i = 0; i < queueCapacity; i++)
        {
            await places.WaitAsync().ConfigureAwait(false); // whoever has one is under way
        }

        await batches.DisposeAsync().ConfigureAwait(false);
        classifier.Dispose();
    }
}
