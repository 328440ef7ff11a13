using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A trained image classifier for servers: any number of threads ask for images' classes at the same time, and what they ask for together
/// goes through one network together. (<see cref="ImageClassifier"/> does the same for one thread with many images.)
/// </summary>
/// <remarks>
/// Images are decoded on all cores, in front of the network; one that cannot be read fails its own request. Memory is bounded, by
/// <see cref="ImageClassificationServiceOptions.QueueCapacity"/> for images under way,
/// <see cref="ImageClassificationServiceOptions.ByteBudget"/> for streams, <see cref="FeaturizeImagesOptions.PixelLimit"/> for decoding,
/// and beside them on each core one file of
/// <see cref="ImageClassificationServiceOptions.ImageByteLimit"/>. Open models that you trust only: see <c>LoadImageModel</c>.
/// </remarks>
public sealed class ImageClassificationService : IDisposable, IAsyncDisposable
{
    private readonly ImageClassifier classifier;
    private readonly FeaturePipeline pipeline;
    private readonly int pixelCount;
    private readonly ImageClassificationServiceOptions options;
    private readonly SemaphoreSlim places;
    private readonly SemaphoreSlim decoders;
    private readonly Budget bytes;
    private readonly CacheWriter cacheWriter;
    private readonly MicroBatches<ClassificationRequest> batches;
    private readonly CancellationTokenSource closing = new();
    private readonly Lazy<Task> closed;

    private ImageClassificationService(ImageClassifier classifier, ImageClassificationServiceOptions options)
    {
        this.classifier = classifier;
        this.options = options;
        pipeline = classifier.Featurizer.Pipeline;
        pixelCount = classifier.Featurizer.Preprocessor.PixelCount;
        places = new SemaphoreSlim(options.QueueCapacity);
        decoders = new SemaphoreSlim(pipeline.Parallelism);
        bytes = new Budget(options.ByteBudget);
        cacheWriter = new CacheWriter(pipeline);
        cacheWriter.Start();
        TimeSpan delay = options.MaxDelay ?? (classifier.Featurizer.OnCuda ? TimeSpan.FromMilliseconds(4) : TimeSpan.Zero);
        BatchClassification batch = new(classifier, cacheWriter);
        batches = new MicroBatches<ClassificationRequest>(pipeline.BatchSize, delay, batch.Run,
            (request, failure) => request.Fail(failure));
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
    /// <exception cref="InvalidDataException">It is not a model of an image classifier, or it is damaged.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageClassificationService Open(string modelPath, ImageClassificationServiceOptions? options = null)
    {
        options ??= new ImageClassificationServiceOptions();
        return new ImageClassificationService(ImageClassifier.Load(modelPath, options.Featurizing), options);
    }

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">JPEG, PNG, GIF, BMP or WebP, whatever its name says.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    /// <returns>Every class and its probability. An unreadable image fails the task, so <see cref="ImagePrediction.Error"/> is
    /// null.</returns>
    /// <exception cref="UnreadableImageException">There is no whole picture of a known format and bearable size.</exception>
    /// <exception cref="ImageQueueFullException">Too many requests are under way.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    /// <exception cref="ObjectDisposedException">The service is closed or closing.</exception>
    public Task<ImagePrediction> PredictAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return PredictAsync(path, OpenFile, useCache: true, cancellationToken);

        Picture OpenFile() => File.Exists(path) && new FileInfo(path).Length > options.ImageByteLimit
            ? throw ImageBody.TooLong(path, options.ImageByteLimit)
            : Picture.OfFile(path);
    }

    /// <inheritdoc cref="PredictAsync(string, CancellationToken)"/>
    /// <summary>Classifies the content of an image file.</summary>
    /// <param name="image">The file's bytes. They must stay as they are until the task is done.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    /// <returns>Every class and its probability, with an empty <see cref="ImagePrediction.Path"/>. An unreadable image fails the
    /// task.</returns>
    public Task<ImagePrediction> PredictAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken = default) =>
        PredictAsync("", () => OpenBytes(image.Span), useCache: true, cancellationToken);

    /// <inheritdoc cref="PredictAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <summary>Classifies the content of an image file that a stream gives.</summary>
    /// <param name="image">Read to its end, and not disposed of.</param>
    /// <param name="cancellationToken">Gives the request up, wherever it is.</param>
    /// <exception cref="TimeoutException">Reading took longer than <see cref="ImageClassificationServiceOptions.ReadTimeout"/>.</exception>
    public async Task<ImagePrediction> PredictAsync(Stream image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
        if (places.CurrentCount == 0) throw ImageQueueFullException.OfImages(options.QueueCapacity); // before it is read for nothing
        ImageBody body = await ReadAsync(image, cancellationToken).ConfigureAwait(false);
        return await PredictAsync("", () =>
        {
            using (body) return OpenBytes(body.Bytes);
        }, useCache: true, cancellationToken, body).ConfigureAwait(false);
    }

    /// <summary>
    /// Closes the service: later requests are refused with an <see cref="ObjectDisposedException"/>, those under way are completed, except
    /// where a stream is still being read. Then the network is released.
    /// </summary>
    public ValueTask DisposeAsync() => new(closed.Value);

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => closed.Value.GetAwaiter().GetResult();

    /// <summary>Classifies as <see cref="PredictAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does, but never from the cache.</summary>
    internal Task<ImagePrediction> AskNetworkAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken) =>
        PredictAsync("", () => OpenBytes(image.Span), useCache: false, cancellationToken);

    private Picture OpenBytes(ReadOnlySpan<byte> image) =>
        image.Length > options.ImageByteLimit ? throw ImageBody.TooLong(path: null, options.ImageByteLimit) : Picture.OfBytes(image);

    private async Task<ImagePrediction> PredictAsync(
        string path, Func<Picture> open, bool useCache, CancellationToken cancellationToken, ImageBody? held = null)
    {
        try
        {
            TakePlace();
        }
        catch
        {
            held?.Dispose();
            throw;
        }

        // Whoever gives up has the answer at once; what is being decoded gives its place and its share back when it is through.
        Task<ImagePrediction> running = RunAsync(path, open, useCache, held, cancellationToken);
        _ = running.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<ImagePrediction> RunAsync(string path, Func<Picture> open, bool useCache, ImageBody? held,
        CancellationToken cancellationToken)
    {
        ClassificationRequest request;
        try
        {
            request = await DecodeAsync(path, open, useCache, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            places.Release();
            throw;
        }
        finally
        {
            held?.Dispose();
        }

        batches.Add(request); // and with it the place
        return await request.Prediction.ConfigureAwait(false);
    }

    private void TakePlace()
    {
        bool taken = places.Wait(0, CancellationToken.None);
        if (closing.IsCancellationRequested)
        {
            if (taken) places.Release();
            throw new ObjectDisposedException(nameof(ImageClassificationService));
        }

        if (!taken) throw ImageQueueFullException.OfImages(options.QueueCapacity);
    }

    private async Task<ImageBody> ReadAsync(Stream image, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        stop.CancelAfter(options.ReadTimeout);
        try
        {
            // Some streams do not look at the token.
            Task<ImageBody> reading = ImageBody.ReadAsync(image, options.ImageByteLimit, bytes, stop.Token);
            try
            {
                return await reading.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _ = reading.ContinueWith(late => late.Result.Dispose(), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
            throw new TimeoutException(
                $"Reading the image took longer than {options.ReadTimeout.TotalSeconds:0.#} seconds, the limit of ReadTimeout.");
        }
    }

    private async Task<ClassificationRequest> DecodeAsync(string path, Func<Picture> open, bool useCache,
        CancellationToken cancellationToken)
    {
        await decoders.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Decode(path, open, useCache, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            decoders.Release();
        }
    }

    private ClassificationRequest Decode(string path, Func<Picture> open, bool useCache, CancellationToken cancellationToken)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(pixelCount);
        try
        {
            float[] features = new float[classifier.Featurizer.FeatureCount];
            using Picture picture = open();
            Span<byte> rgb = rented.AsSpan(0, pixelCount);
            FeaturePipeline.Prepared prepared = default;
            if (useCache) prepared = pipeline.Prepare(picture, rgb, features, cancellationToken);
            else picture.Preprocess(classifier.Featurizer.Preprocessor, rgb, cancellationToken);
            return new ClassificationRequest(path, rented, features, prepared, places, cancellationToken);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        batches.Hurry();
        for (int i = 0; i < options.QueueCapacity; i++)
        {
            await places.WaitAsync().ConfigureAwait(false); // whoever has one is under way
        }

        await batches.DisposeAsync().ConfigureAwait(false);
        await cacheWriter.DisposeAsync().ConfigureAwait(false);
        classifier.Dispose();
    }
}
