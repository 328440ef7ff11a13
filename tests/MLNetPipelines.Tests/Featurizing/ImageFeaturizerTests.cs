using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class ImageFeaturizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ImageFeaturizer featurizer;

    public ImageFeaturizerTests() => featurizer = Open(batchSize: 4);

    [TestMethod]
    public void It_says_what_the_file_says()
    {
        Assert.AreEqual(TinyBackbone.FeatureCount, featurizer.FeatureCount);
        Assert.AreEqual("tiny", featurizer.Architecture);
        Assert.AreEqual(
            new ImagePreprocessing { ImageSize = 32, CropFraction = 0.875, Interpolation = Interpolation.Bilinear },
                featurizer.Preprocessing);
        Assert.AreEqual("CPU", featurizer.Device);
        Assert.AreEqual(4, featurizer.BatchSize);
    }

    [TestMethod]
    public void Features_are_what_the_network_gives_for_the_pixels()
    {
        TinyBackbone backbone = new() { Metadata = { [OnnxContract.Keys.CropFraction] = "1" } };
        using ImageFeaturizer uncropped = ImageFeaturizer.Open(
            backbone.Write(folder.File("uncropped.onnx")), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
        string path = folder.File("image.png");
        byte[] pixels = NoiseImage.Write(path, seed: 3, new SKColor(90, 120, 200));

        float[]? features = uncropped.Featurize([path]).Single().Features;

        AssertClose(TinyBackbone.Expected(pixels, 32), features);
    }

    [TestMethod]
    [DataRow("squash", ImageResizing.Squash)]
    [DataRow("letterbox", ImageResizing.Letterbox)]
    public void The_file_says_how_an_image_becomes_a_square(string written, ImageResizing resizing)
    {
        using ImageFeaturizer whole = ImageFeaturizer.Open(Whole(written).Write(folder.File("whole.onnx")), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
        string path = folder.File("wide.png");
        NoiseImage.Write(path, seed: 3, new SKColor(90, 120, 200), width: 70, height: 20);
        ImagePreprocessor preprocessor = new(new ImagePreprocessing { ImageSize = 32, Resizing = resizing });
        byte[] pixels = new byte[preprocessor.PixelCount];
        preprocessor.Load(path, pixels);

        AssertClose(TinyBackbone.Expected(pixels, 32), whole.Featurize([path]).Single().Features);
    }

    [TestMethod]
    public void A_saved_model_keeps_how_an_image_becomes_a_square()
    {
        MLContext ml = new();
        string path = folder.File("wide.png");
        NoiseImage.Write(path, seed: 3, new SKColor(90, 120, 200), width: 70, height: 20);
        IDataView data = ml.Data.LoadFromEnumerable([new ImageRow { ImagePath = path }]);
        using ImageFeaturizingTransformer transformer = ml.Transforms.FeaturizeImages("Features", "ImagePath", Whole("letterbox").Write(folder.File("whole.onnx"))).Fit(data);
        ml.Model.Save(transformer, data.Schema, folder.File("model.zip"));

        ITransformer loaded = ml.Model.Load(folder.File("model.zip"), out _);
        AssertClose(transformer.Featurizer.Featurize([path]).Single().Features!, loaded.Transform(data).GetColumn<float[]>("Features").Single());
        (loaded as IDisposable)?.Dispose();
    }

    private static TinyBackbone Whole(string resizing) =>
        new() { Metadata = { [OnnxContract.Keys.Version] = "2", [OnnxContract.Keys.Resizing] = resizing } };

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(64)]
    public void Order_and_values_do_not_depend_on_the_batch_size(int batchSize)
    {
        string[] paths = NoiseImage.WriteMany(folder, 30);
        using ImageFeaturizer other = Open(batchSize);

        List<ImageFeatures> images = [.. other.Featurize(paths)];

        CollectionAssert.AreEqual(paths, images.Select(image => image.Path).ToArray());
        foreach ((ImageFeatures one, ImageFeatures alone) in images.Zip(paths.Select(path => featurizer.Featurize([path]).Single())))
        {
            AssertClose(alone.Features!, one.Features);
        }
    }

    [TestMethod]
    public void Something_else_is_measured_of_each_image_once_also_where_its_features_are_known()
    {
        string[] paths = [.. NoiseImage.WriteMany(folder, 6), folder.File("empty.png")];
        File.WriteAllText(paths[^1], "");
        var options = new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, Cache = new FeatureCacheOptions { Folder = folder.File("cache") } };
        using ImageFeaturizer caching = ImageFeaturizer.Open(new TinyBackbone().Write(folder.File("caching.onnx")), options);
        foreach (int hits in new[] { 0, 6 })
        {
            int calls = 0;
            (ImageFeatures Image, string? Measured)[] images =
            [
                .. caching.Featurize(paths, image =>
                {
                    Interlocked.Increment(ref calls);
                    return $"{image.FullWidth} x {image.FullHeight}";
                }),
            ];
            Assert.AreEqual((6, hits), (calls, (int)caching.CacheHits));
            CollectionAssert.AreEqual(paths, images.Select(image => image.Image.Path).ToArray());
            foreach ((ImageFeatures image, string? measured) in images.SkipLast(1))
            {
                using DecodedImage alone = ImageDecoder.DecodeFile(image.Path, 100_000_000, double.PositiveInfinity);
                Assert.AreEqual($"{alone.Width} x {alone.Height}", measured);
                AssertClose(featurizer.Featurize([image.Path]).Single().Features!, image.Features);
            }
            Assert.AreEqual((null, "is empty"), (images[^1].Measured, images[^1].Image.Error));
        }
    }

    [TestMethod]
    public void An_unreadable_image_gives_its_error_and_stops_nothing()
    {
        string[] paths = NoiseImage.WriteMany(folder, 12);
        File.WriteAllText(paths[5], "no picture");
        File.Delete(paths[8]);

        List<ImageFeatures> images = [.. featurizer.Featurize(paths)];

        Assert.HasCount(12, images);
        Assert.AreEqual("does not exist", images[8].Error);
        Assert.IsNotNull(images[5].Error);
        CollectionAssert.AreEqual(
            new[] { 5, 8 }, images.Index().Where(image => image.Item.Features is null).Select(image => image.Index).ToArray());
        Assert.IsTrue(images.TrueForAll(image => image.Features is null ^ image.Error is null));
    }

    [TestMethod]
    public void A_batch_of_unreadable_images_gives_errors()
    {
        List<ImageFeatures> images = [.. featurizer.Featurize(Enumerable.Repeat(folder.File("missing.png"), 6))];

        Assert.HasCount(6, images);
        Assert.IsTrue(images.TrueForAll(image => image.Error == "does not exist"));
    }

    [TestMethod]
    public void No_paths_give_no_features() => Assert.IsEmpty(featurizer.Featurize([]));

    [TestMethod]
    public void Reading_ahead_is_bounded()
    {
        string path = NoiseImage.WriteMany(folder, 1)[0];
        int read = 0;
        int taken = 0;
        foreach (ImageFeatures _ in featurizer.Featurize(Enumerable.Range(0, 200).Select(_ => Counted())))
        {
            taken++;
            Assert.IsLessThanOrEqualTo(taken + featurizer.Pipeline.Capacity(isLarge: false), read);
        }

        Assert.AreEqual(200, taken);

        string Counted()
        {
            read++;
            return path;
        }
    }

    [TestMethod]
    public void Cancelling_stops_after_the_batches_under_way()
    {
        string path = NoiseImage.WriteMany(folder, 1)[0];
        using CancellationTokenSource cancellation = new();
        int taken = 0;

        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (ImageFeatures _ in featurizer.Featurize(Forever(path), cancellation.Token).Take(1000))
            {
                if (++taken == 20) cancellation.Cancel();
            }
        });

        Assert.IsLessThanOrEqualTo(20 + featurizer.BatchSize, taken);
    }

    [TestMethod]
    public void Cancelling_stops_the_network_too()
    {
        using BackboneFile backbone = BackboneFile.Open(folder.File("tiny.onnx"),
            new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });

        Assert.ThrowsExactly<OperationCanceledException>(() => backbone.Run(
            new byte[32 * 32 * 3], new float[TinyBackbone.FeatureCount], count: 1, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Who_stops_early_leaves_no_thread_behind_that_reads_images()
    {
        string path = NoiseImage.WriteMany(folder, 1)[0];
        int decoding = 0;

        Assert.HasCount(3, featurizer.Pipeline.Run(Forever(path), Slow, CancellationToken.None).Take(3).ToList());
        Assert.AreEqual(0, decoding);

        IEnumerable<string> broken = Forever(path).Select((image, i) => i < 6 ? image : throw new InvalidOperationException("source"));
        Assert.ThrowsExactly<InvalidOperationException>(() => featurizer.Pipeline.Run(broken, Slow, CancellationToken.None).ToList());
        Assert.AreEqual(0, decoding);

        Picture Slow(string image)
        {
            Interlocked.Increment(ref decoding);
            Thread.Sleep(20);
            Interlocked.Decrement(ref decoding);
            return Picture.OfFile(image);
        }
    }

    [TestMethod]
    public void What_goes_wrong_beside_the_images_surfaces()
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => featurizer.Pipeline
            .Run([1, 2, 3], _ => throw new InvalidOperationException("as thrown"), CancellationToken.None).ToList());

        Assert.AreEqual("as thrown", error.Message);
    }

    [TestMethod]
    public void Many_threads_share_one_featurizer()
    {
        string[] paths = NoiseImage.WriteMany(folder, 10);
        ImageFeatures[] expected = [.. featurizer.Featurize(paths)];

        Parallel.For(0, 8, _ =>
        {
            foreach ((ImageFeatures first, ImageFeatures second) in expected.Zip(featurizer.Featurize(paths)))
            {
                AssertClose(first.Features!, second.Features);
            }
        });
    }

    [TestMethod]
    public void A_disposed_featurizer_says_so()
    {
        string[] paths = NoiseImage.WriteMany(folder, 1);
        featurizer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => featurizer.Featurize(paths).ToList());
        featurizer.Dispose();
    }

    [TestMethod]
    public void Options_out_of_range_are_refused_with_the_range()
    {
        Assert.StartsWith("A batch is 1 to 1024 images; null chooses by the device.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeaturizeImagesOptions { BatchSize = 0 }).Message);
        Assert.StartsWith("1 to 1024 images are decoded at a time; null is one on each core.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeaturizeImagesOptions { DecodeParallelism = 0 }).Message);
        Assert.StartsWith("A pixel limit is 1 to 500 million.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeaturizeImagesOptions { PixelLimit = 600_000_000 }).Message);
    }

    [TestMethod]
    public void A_picture_above_the_pixel_limit_is_unreadable()
    {
        string path = NoiseImage.WriteMany(folder, 1)[0];
        using ImageFeaturizer careful = ImageFeaturizer.Open(
            folder.File("tiny.onnx"), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, PixelLimit = 999 });

        Assert.IsNotNull(careful.Featurize([path]).Single().Error);
    }

    public void Dispose()
    {
        featurizer.Dispose();
        folder.Dispose();
    }

    // A GPU multiplies in TF32, with 10 bits after the point; the CPU in single precision.
    private static readonly float tolerance = CudaProbe.ThisMachine.WhatIsMissing(0) is null ? 1e-3f : 1e-5f;

    internal static void AssertClose(float[] expected, float[]? actual)
    {
        Assert.IsNotNull(actual);
        Assert.HasCount(expected.Length, actual);
        float largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance * largest, $"feature {i}");
        }
    }

    private static IEnumerable<string> Forever(string path)
    {
        while (true)
        {
            yield return path;
        }
    }

    private ImageFeaturizer Open(int batchSize) => ImageFeaturizer.Open(
        new TinyBackbone().Write(folder.File("tiny.onnx")), new FeaturizeImagesOptions
        {
            Device = ComputeDevice.Cpu,
            BatchSize = batchSize
        });
}
