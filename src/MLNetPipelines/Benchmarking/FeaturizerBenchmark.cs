using System.Diagnostics;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Measures how fast a backbone makes features of images, on this machine.</summary>
/// <example>
/// <code>
/// using ImageFeaturizer featurizer = ImageFeaturizer.Open("backbone.onnx");
/// FeaturizerSpeed speed = FeaturizerBenchmark.Measure(featurizer, Directory.GetFiles("photos"), batchSize: 8);
/// Console.WriteLine($"{speed.PipelineImagesPerSecond:F1} images/s from files to features");
/// </code>
/// </example>
public static class FeaturizerBenchmark
{
    private const int FewestRuns = 10;

    /// <summary>Measures the network alone, decoding alone, and both together, after runs that load and allocate.</summary>
    /// <param name="featurizer">The network; its own cache and batch size count for nothing.</param>
    /// <param name="photos">Image files, which are taken again and again; those that cannot be read are left out.</param>
    /// <param name="batchSize">Images that go through the network at once, 1 to 1024.</param>
    /// <param name="duration">How long each of the three is measured, 1 minute at most; null is 2 seconds.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size or the duration is not in its range.</exception>
    /// <exception cref="InvalidDataException">None of the images can be read.</exception>
    public static FeaturizerSpeed Measure(
        ImageFeaturizer featurizer, IReadOnlyList<string> photos, int batchSize, TimeSpan? duration = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(featurizer);
        ArgumentNullException.ThrowIfNull(photos);
        FeaturizeImagesOptions options = featurizer.Options with { BatchSize = batchSize }; // checks it
        TimeSpan time = duration ?? TimeSpan.FromSeconds(2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(time.Ticks, nameof(duration));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromMinutes(1), nameof(duration));

        var work = new Work(featurizer, Readable(featurizer.Preprocessor, photos), batchSize, time, cancellationToken);
        PeakMemory.Reset();
        double[] runs = work.Network();
        double decoding = work.Decoding(options.DecodeParallelism ?? Environment.ProcessorCount), pipeline = work.Pipeline();
        double median = Quantile(runs, 0.5);
        return new FeaturizerSpeed
        {
            BatchSize = batchSize,
            NetworkImagesPerSecond = 1000 * batchSize / median,
            NetworkSpread = (Quantile(runs, 0.75) - Quantile(runs, 0.25)) / median,
            P50 = median,
            P95 = Quantile(runs, 0.95),
            P99 = Quantile(runs, 0.99),
            DecodingImagesPerSecond = decoding,
            PipelineImagesPerSecond = pipeline,
            MemoryMegabytes = PeakMemory.Megabytes(),
        };
    }

    private static string[] Readable(ImagePreprocessor preprocessor, IReadOnlyList<string> photos)
    {
        byte[] pixels = new byte[preprocessor.PixelCount];
        string[] readable = [.. photos.Where(CanBeRead)];
        return readable.Length > 0 ? readable : throw new InvalidDataException(
            $"None of {photos.Count} images can be read. Give some photos of the kind that the network is used on.");

        bool CanBeRead(string path)
        {
            try
            {
                using Picture picture = Picture.OfFile(path);
                picture.Preprocess(preprocessor, pixels);
                return true;
            }
            catch (UnreadableImageException)
            {
                return false;
            }
        }
    }

    // The nearest rank: a time that was measured.
    private static double Quantile(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];

    private sealed record Work(
        ImageFeaturizer Featurizer, string[] Photos, int BatchSize, TimeSpan Duration, CancellationToken CancellationToken)
    {
        /// <returns>Milliseconds of each run, in ascending order.</returns>
        public double[] Network()
        {
            BackboneFile network = Featurizer.Backbone;
            int pixelCount = Featurizer.Preprocessor.PixelCount;
            byte[] pixels = new byte[BatchSize * pixelCount];
            float[] features = new float[BatchSize * network.FeatureCount];
            for (int i = 0; i < BatchSize; i++)
            {
                using Picture picture = Picture.OfFile(Photos[i % Photos.Length]);
                picture.Preprocess(Featurizer.Preprocessor, pixels.AsSpan(i * pixelCount, pixelCount), CancellationToken);
            }

            Run();
            Run();
            List<double> times = [];
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < Duration || times.Count < FewestRuns;)
            {
                long start = Stopwatch.GetTimestamp();
                Run();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return [.. times.Order()];

            void Run() => network.Run(pixels, features, BatchSize, CancellationToken);
        }

        public double Decoding(int parallelism)
        {
            return Speed(photos =>
            {
                int decoded = 0;
                ParallelOptions options = new() { MaxDegreeOfParallelism = parallelism, CancellationToken = CancellationToken };
                Parallel.ForEach(photos, options, () => new byte[Featurizer.Preprocessor.PixelCount], (photo, _, pixels) =>
                {
                    using Picture picture = Picture.OfFile(photo);
                    picture.Preprocess(Featurizer.Preprocessor, pixels, CancellationToken);
                    Interlocked.Increment(ref decoded);
                    return pixels;
                }, _ => { });
                return decoded;
            });
        }

        public double Pipeline()
        {
            FeaturePipeline pipeline = new(Featurizer.Backbone, Featurizer.Preprocessor, cache: null, new FeaturizingLog(null))
            {
                BatchSize = BatchSize,
                Parallelism = Featurizer.Pipeline.Parallelism,
                Normalize = Featurizer.Pipeline.Normalize,
            };
            return Speed(photos => pipeline.Run(photos, Picture.OfFile, CancellationToken).Count());
        }

        // A first short pass compiles and allocates.
        private double Speed(Func<IEnumerable<string>, int> pass)
        {
            pass(Endless().Take(2 * BatchSize));
            var clock = Stopwatch.StartNew();
            int done = pass(Endless().TakeWhile(_ => clock.Elapsed < Duration));
            return done / clock.Elapsed.TotalSeconds;
        }

        private IEnumerable<string> Endless()
        {
            while (true)
            {
                foreach (string photo in Photos) yield return photo;
            }
        }
    }
}
