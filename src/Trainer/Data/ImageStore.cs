using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images decoded once for many epochs, uint8 [height, width, 3], R, G, B: upright and shrunk, to be augmented, or cut as the network takes
/// them. In memory up to a limit and beyond that on disk. Safe to read from many threads at once; whoever reads from it stops before it is
/// disposed of.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    /// <summary>Large JPEG photos are decoded at a part of their size, as <see cref="TrainingOptions.Featurizing"/> does.</summary>
    public const int ScaledDecoding = 2;

    private readonly PixelStorage storage;
    private readonly StoredImage[] stored;

    private ImageStore(PixelStorage storage, StoredImage[] stored, IReadOnlyList<LabeledImage> images, IReadOnlyList<SkippedImage> skipped,
        ImagePreprocessing? preprocessing)
    {
        this.storage = storage;
        this.stored = stored;
        Images = images;
        Skipped = skipped;
        Preprocessing = preprocessing;
    }

    /// <summary>Readable images.</summary>
    public int Count => stored.Length;

    /// <summary>The readable images, in the order given.</summary>
    public IReadOnlyList<LabeledImage> Images { get; }

    /// <summary>The others, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; }

    /// <summary>How the images were cut; null where they are whole.</summary>
    public ImagePreprocessing? Preprocessing { get; }

    /// <summary>Bytes of pixels that lie on disk.</summary>
    public long BytesOnDisk => storage.BytesOnDisk;

    /// <summary>
    /// Decodes images to be augmented: whole, their shorter side shrunk to <see cref="ImageStoreOptions.ShorterSide"/>, never enlarged.
    /// </summary>
    /// <param name="images">The files and their classes.</param>
    /// <param name="options">How they are kept.</param>
    /// <param name="cancellationToken">Stops it, and leaves nothing.</param>
    /// <exception cref="TrainingException">None of the files is an image that can be read.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static ImageStore Load(IReadOnlyList<LabeledImage> images, ImageStoreOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ShorterSide, 1);
        return Load(images, options, preprocessing: null, path => Shrunk(path, options, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Decodes images as the network takes them: the very pixels that <c>FeaturizeImages</c> gives it, whatever
    /// <see cref="ImageStoreOptions.ShorterSide"/> is.
    /// </summary>
    /// <param name="images">The files and their classes.</param>
    /// <param name="preprocessing">Size, crop and filter.</param>
    /// <param name="options">How they are kept.</param>
    /// <param name="cancellationToken">Stops it, and leaves nothing.</param>
    /// <exception cref="TrainingException">None of the files is an image that can be read.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static ImageStore LoadCrops(
        IReadOnlyList<LabeledImage> images, ImagePreprocessing preprocessing, ImageStoreOptions options,
        CancellationToken cancellationToken)
    {
        var preprocessor = new ImagePreprocessor(preprocessing, options.PixelLimit, ScaledDecoding);
        return Load(images, options, preprocessing, path =>
        {
            byte[] pixels = new byte[preprocessor.PixelCount];
            preprocessor.Load(path, pixels, cancellationToken);
            return (preprocessing.ImageSize, preprocessing.ImageSize, pixels);
        }, cancellationToken);
    }

    /// <summary>Width and height of an image, in pixels.</summary>
    public (int Width, int Height) SizeOf(int index) => (stored[index].Width, stored[index].Height);

    /// <summary>An image's pixels.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="buffer">Takes them where they are on disk; replaced by a longer one where it is too short.</param>
    /// <returns>[height, width, 3]; valid until <paramref name="buffer"/> is used again.</returns>
    public ReadOnlySpan<byte> Read(int index, ref byte[] buffer) => storage.Read(stored[index].Pixels, ref buffer);

    public void Dispose()
    {
        storage.Dispose();
        Array.Clear(stored); // the pixels, which may take gigabytes, do not wait for whoever still holds the images' names
    }

    private static ImageStore Load(IReadOnlyList<LabeledImage> images, ImageStoreOptions options, ImagePreprocessing? preprocessing,
        Func<string, (int Width, int Height, byte[] Pixels)> decode, CancellationToken cancellationToken)
    {
        var storage = new PixelStorage(options.MemoryLimit, options.Folder);
        try
        {
            var results = new StoredImage?[images.Count];
            var reasons = new string?[images.Count];
            // One file at a time to whichever thread is free: photos of many sizes take very different times.
            IEnumerable<int> decoded = Partitioner.Create(Enumerable.Range(0, images.Count), EnumerablePartitionerOptions.NoBuffering)
                .AsParallel().WithDegreeOfParallelism(options.Workers).WithMergeOptions(ParallelMergeOptions.NotBuffered).WithCancellation(
                    cancellationToken)
                .Select(i =>
                {
                    try
                    {
                        (int width, int height, byte[] pixels) = decode(images[i].ImagePath);
                        results[i] = new StoredImage(width, height, storage.Add(pixels));
                    }
                    catch (UnreadableImageException unreadable)
                    {
                        reasons[i] = unreadable.Reason;
                    }

                    return i;
                });
            RunThrough(options.Progress.Counted(decoded, images.Count, options.Description));
            SkippedImage[] skipped = [.. images.Zip(reasons).Where(pair => pair.Second is not null).Select(
                pair => new SkippedImage(pair.First.ImagePath, pair.Second!))];
            return skipped.Length < images.Count
                ? new ImageStore(storage, [.. results.OfType<StoredImage>()], [.. images.Where((_, i) => results[i] is not null)], skipped,
                    preprocessing)
                : throw new TrainingException($"None of the {images.Count} files is an image that can be read.");
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    private static void RunThrough(IEnumerable<int> decoded)
    {
        try
        {
            foreach (int _ in decoded) { }
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]); // each thread tells of the same full disk
        }
    }

    private static (int Width, int Height, byte[] Pixels) Shrunk(
        string path, ImageStoreOptions options, CancellationToken cancellationToken)
    {
        using DecodedImage image = ImageDecoder.DecodeFile(
            path, options.PixelLimit, ScaledDecoding * options.ShorterSide, cancellationToken);
        int shorter = Math.Min(Math.Min(image.Width, image.Height), options.ShorterSide);
        CropWindow whole = CropWindow.Center(image.Width, image.Height, shorter, shorter);
        whole = whole with { Left = 0, Top = 0, Width = (int)whole.ResizedWidth, Height = (int)whole.ResizedHeight };
        byte[] pixels = new byte[checked(whole.Width * whole.Height * 3)];
        Resampler.Resample(image.Pixels, image.Width, image.Height, whole, options.Interpolation, pixels);
        return (whole.Width, whole.Height, pixels);
    }

    private readonly record struct StoredImage(int Width, int Height, PixelStorage.Block Pixels);
}
