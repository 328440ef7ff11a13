namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Image files to feature vectors, without ML.NET around it: a backbone's network and the preprocessing that it was trained with.
/// Safe to use from many threads at once.
/// </summary>
/// <example>
/// <code>
/// using ImageFeaturizer featurizer = ImageFeaturizer.Open("backbone.onnx");
/// foreach (ImageFeatures image in featurizer.Featurize(Directory.EnumerateFiles("photos")))
/// {
///     Console.WriteLine($"{image.Path}: {image.Error ?? $"{image.Features!.Length} features"}");
/// }
/// </code>
/// </example>
public sealed class ImageFeaturizer : IDisposable
{
    private readonly BackboneFile backbone;
    private readonly FeatureCache? cache;

    internal ImageFeaturizer(BackboneFile backbone, FeaturizeImagesOptions options)
    {
        this.backbone = backbone;
        Options = options;
        Preprocessor = new ImagePreprocessor(backbone.Preprocessing, options.PixelLimit, options.ScaledDecoding);
        BatchSize = Math.Min(options.BatchSize ?? (backbone.OnCuda ? 64 : 8), Array.MaxLength / Preprocessor.PixelCount);
        cache = options.Cache is null ? null : new FeatureCache(options.Cache, backbone, options.PixelLimit, options.ScaledDecoding);
        FeaturizingLog log = new(options.Log);
        log.DeviceChosen(backbone.Architecture, backbone.Device);
        Pipeline = new FeaturePipeline(backbone, Preprocessor, cache, log)
        {
            BatchSize = BatchSize,
            Parallelism = options.DecodeParallelism ?? Environment.ProcessorCount,
            Normalize = options.Normalize,
        };
    }

    /// <summary>Numbers in a feature vector; of logits, classes.</summary>
    public int FeatureCount => backbone.FeatureCount;

    /// <summary>How a picture becomes the network's pixels; the backbone's file says it.</summary>
    public ImagePreprocessing Preprocessing => backbone.Preprocessing;

    /// <summary>The backbone's name in the catalog, such as <c>resnet50</c>.</summary>
    public string Architecture => backbone.Architecture;

    /// <summary>The device that the network runs on, and where it is the CPU for want of another, why: one readable line.</summary>
    public string Device => backbone.Device;

    /// <summary>What the network computes in: <c>float32</c>, <c>half</c> or <c>int8</c>.</summary>
    public string Precision => backbone.Precision;

    /// <summary>What has to be known of this network on this device, in a sentence; null where there is nothing.</summary>
    public string? DeviceWarning => Precision == OnnxContract.Int8 && !OnCuda && !Processor.HasIntegerDotProducts
        ? $"The network computes in 8-bit integers, and this processor, {Processor.Description}, has no dot products of them: it gives "
            + "the same results in more time than one that has."
        : null;

    /// <summary>Images that go through the network at once.</summary>
    public int BatchSize { get; }

    /// <summary>Images so far whose features came from <see cref="FeaturizeImagesOptions.Cache"/>.</summary>
    public long CacheHits => cache?.Hits ?? 0;

    /// <summary>The network.</summary>
    internal BackboneFile Backbone => backbone;

    /// <summary>The backbone's file.</summary>
    internal byte[] Model => backbone.Model;

    /// <summary>Names that file in messages.</summary>
    internal string Name => backbone.Name;

    internal bool OnCuda => backbone.OnCuda;

    internal FeaturizeImagesOptions Options { get; }

    internal ImagePreprocessor Preprocessor { get; }

    internal FeaturePipeline Pipeline { get; }

    /// <summary>Opens a backbone that <c>resnet-mlnet export</c> wrote.</summary>
    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageFeaturizer Open(string modelPath, FeaturizeImagesOptions? options = null)
    {
        options ??= new FeaturizeImagesOptions();
        return new ImageFeaturizer(BackboneFile.Open(modelPath, options), options);
    }

    /// <summary>Opens a backbone that <c>resnet-mlnet export</c> wrote, wherever its bytes come from.</summary>
    /// <param name="model">The ONNX file's bytes; read to the end at once, and not disposed of.</param>
    /// <param name="options">Device, batch size, limits; null takes the defaults.</param>
    /// <exception cref="InvalidDataException">The bytes are not a backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static ImageFeaturizer Open(Stream model, FeaturizeImagesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using MemoryStream bytes = new();
        model.CopyTo(bytes);
        return Open(bytes.ToArray(), model is FileStream file ? file.Name : "stream", options ?? new FeaturizeImagesOptions());
    }

    /// <param name="model">The ONNX file's bytes; kept, not copied.</param>
    /// <param name="name">Names the file in messages.</param>
    /// <param name="options">Device, batch size, limits.</param>
    internal static ImageFeaturizer Open(byte[] model, string name, FeaturizeImagesOptions options) =>
        new(BackboneFile.Open(model, name, options, CudaProbe.ThisMachine), options);

    /// <summary>
    /// Featurizes images in the order given: the network runs a batch while all cores decode the next ones. An image that cannot be
    /// read gives its error and stops nothing. The paths are read as the features are, a few batches ahead.
    /// </summary>
    /// <param name="paths">JPEG, PNG, GIF, BMP or WebP files, whatever their names say.</param>
    /// <param name="cancellationToken">Stops the decoding and the network.</param>
    /// <exception cref="OperationCanceledException">The token asked for it; thrown by the enumeration.</exception>
    /// <exception cref="ObjectDisposedException">The featurizer was disposed of; thrown by the enumeration.</exception>
    public IEnumerable<ImageFeatures> Featurize(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Pipeline.Run(paths, Picture.OfFile, cancellationToken).Select(image => Result(image, image.Image));
    }

    /// <summary>
    /// Featurizes images, and measures something else of the same decoded pixels, so that no image is decoded twice. An image whose features
    /// come from the cache is decoded for that.
    /// </summary>
    /// <param name="paths">JPEG, PNG, GIF, BMP or WebP files, whatever their names say.</param>
    /// <param name="measure">
    /// Called once for each image that can be read, on many threads at once, with the upright image, of which a photo may be a smaller copy
    /// (<see cref="FeaturizeImagesOptions.ScaledDecoding"/>). The image is valid during the call.
    /// </param>
    /// <param name="cancellationToken">Stops the decoding and the network.</param>
    /// <returns>In the order given: features, and what was measured; the default value where the image could not be read.</returns>
    /// <inheritdoc cref="Featurize(IEnumerable{string}, CancellationToken)"/>
    public IEnumerable<(ImageFeatures Image, T? Measured)> Featurize<T>(
        IEnumerable<string> paths, Func<DecodedImage, T> measure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(measure);
        return Pipeline.Run(paths.Select(path => new Measurement<T>(path)),
                image => Picture.OfFile(image.Path, pixels => image.Value = measure(pixels)), cancellationToken)
            .Select(image => (Result(image, image.Image.Path), image.Error is null ? image.Image.Value : default));
    }

    /// <summary>Writes the backbone's ONNX file, such as that of a saved model; whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    public void SaveBackbone(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WholeFile.Write(path, file => file.Write(Model));
    }

    /// <summary>What is given out of features that the network gave.</summary>
    internal float[] Finished(float[] features)
    {
        float[] finished = [.. features];
        Pipeline.Finish(finished);
        return finished;
    }

    /// <summary>Releases the network once the runs under way are through.</summary>
    public void Dispose()
    {
        backbone.Dispose();
        cache?.Dispose();
    }

    private static ImageFeatures Result<T>(Featurized<T> image, string path) => image.Error is { } error
        ? new ImageFeatures(path, null, error.Reason)
        : new ImageFeatures(path, image.Features.ToArray(), null) { Warning = image.Oddities.Describe() };

    private sealed class Measurement<T>(string path)
    {
        public string Path => path;

        public T? Value { get; set; }
    }
}
