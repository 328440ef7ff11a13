using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>What the cache finds, what it does not, and that neither changes the features.</summary>
[TestClass]
public sealed class FeatureCacheTests : IDisposable
{
    private const int Count = 12;
    private readonly TemporaryFolder folder = new();
    private readonly FeaturizeImagesOptions options;
    private readonly string backbone;
    private readonly string[] paths;
    private readonly float[][] expected;

    public FeatureCacheTests()
    {
        options = new FeaturizeImagesOptions
        {
            Device = ComputeDevice.Cpu,
            BatchSize = 4,
            Cache = new FeatureCacheOptions { Folder = Path.Combine(folder.Path, "cache") },
        };
        backbone = new TinyBackbone { Logits = true }.Write(folder.File("tiny.onnx"));
        paths = NoiseImage.WriteMany(folder, Count);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options with { Cache = null });
        expected = [.. featurizer.Featurize(paths).Select(image => image.Features!)];
    }

    private string[] Entries => Directory.GetFiles(options.Cache!.Folder, "*", SearchOption.AllDirectories);

    [TestMethod]
    public void Features_are_computed_once()
    {
        Assert.AreEqual(0, Featurize(options));
        Assert.HasCount(Count, Entries);
        Assert.AreEqual(Count, Featurize(options));
        Assert.AreEqual(Count, Featurize(options with { Cache = options.Cache! with { SizeLimit = 5_000_000 } }));
    }

    [TestMethod]
    public void Known_new_and_unreadable_images_mix_in_a_batch()
    {
        using (ImageFeaturizer some = ImageFeaturizer.Open(backbone, options))
        {
            _ = some.Featurize([paths[1], paths[2], paths[5], paths[11]]).ToList();
        }

        File.WriteAllBytes(paths[6], []);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options);
        foreach ((int i, ImageFeatures image) in featurizer.Featurize(paths).Index())
        {
            if (i == 6) Assert.AreEqual("is empty", image.Error);
            else ImageFeaturizerTests.AssertClose(expected[i], image.Features);
        }

        Assert.AreEqual(4, featurizer.CacheHits);
    }

    [TestMethod]
    public void An_image_is_known_by_its_content()
    {
        Featurize(options);
        string moved = folder.File("elsewhere", "renamed.jpg");
        File.Copy(paths[0], moved);
        File.Copy(paths[1], paths[2], overwrite: true);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options);

        ImageFeatures[] images = [.. featurizer.Featurize([moved, paths[2]])];

        CollectionAssert.AreEqual(expected[0], images[0].Features);
        CollectionAssert.AreEqual(expected[1], images[1].Features);
        Assert.AreEqual(2, featurizer.CacheHits);
    }

    [TestMethod]
    public void Another_backbone_output_or_preprocessing_has_features_of_its_own()
    {
        Featurize(options);
        Assert.AreEqual(0, Hits(new TinyBackbone(), options));
        Assert.AreEqual(0, Hits(new TinyBackbone { Logits = true, Metadata = { [OnnxContract.Keys.CropFraction] = "1" } }, options));
        Assert.AreEqual(0, Hits(new TinyBackbone { Logits = true }, options with { Output = BackboneOutput.Logits }));
        Assert.AreEqual(0, Hits(new TinyBackbone { Logits = true }, options with { PixelLimit = 10_000 }));
        Assert.AreEqual(0, Hits(new TinyBackbone { Logits = true }, options with { ScaledDecoding = 2 }));
        Assert.AreEqual(Count, Hits(new TinyBackbone { Logits = true },
            options with { BatchSize = 1, DecodeParallelism = 1, Normalize = true }));

        long Hits(TinyBackbone other, FeaturizeImagesOptions otherOptions)
        {
            using ImageFeaturizer featurizer = ImageFeaturizer.Open(other.Write(folder.File("other.onnx")), otherOptions);
            Assert.HasCount(Count, featurizer.Featurize(paths).Where(image => image.Error is null));
            return featurizer.CacheHits;
        }
    }

    [TestMethod]
    public void Normalized_features_are_kept_as_the_network_gave_them()
    {
        using (ImageFeaturizer normalizing = ImageFeaturizer.Open(backbone, options with { Normalize = true }))
        {
            float[] first = normalizing.Featurize([paths[0]]).Single().Features!;
            CollectionAssert.AreEqual(first, normalizing.Featurize([paths[0]]).Single().Features);
            Assert.AreEqual(1, normalizing.CacheHits);
        }

        Assert.AreEqual(1, Featurize(options));
    }

    [TestMethod]
    public void A_damaged_entry_is_computed_anew_and_mended()
    {
        Featurize(options);
        string[] entries = Entries;
        byte[] flipped = File.ReadAllBytes(entries[0]);
        flipped[3] ^= 1;
        File.WriteAllBytes(entries[0], flipped);
        File.WriteAllBytes(entries[1], []);
        File.WriteAllBytes(entries[2], new byte[10_000]);
        File.Copy(entries[4], entries[3], overwrite: true); // whole, but another image's

        Assert.AreEqual(Count - 4, Featurize(options));
        Assert.AreEqual(Count, Featurize(options));
    }

    [TestMethod]
    public void A_cache_that_cannot_be_written_stops_nothing()
    {
        string file = folder.File("file");
        File.WriteAllText(file, "no folder");

        Assert.AreEqual(0, Featurize(options with { Cache = new FeatureCacheOptions { Folder = Path.Combine(file, "cache") } }));
    }

    // Only a file's owner may set its times, and a test has no other user at hand: a file that is not there fails in the same way.
    [TestMethod]
    public void A_use_that_cannot_be_noted_stops_nothing() => FeatureCacheFolder.NoteUse(Path.Combine(folder.Path, "absent.features"));

    [TestMethod]
    public void Folders_of_the_cache_are_the_users_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        Featurize(options);
        foreach (string made in Directory.GetDirectories(options.Cache!.Folder, "*", SearchOption.AllDirectories)
            .Append(options.Cache.Folder))
        {
            Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(made), made);
        }
    }

    [TestMethod]
    public void Features_that_are_not_finite_are_not_kept()
    {
        using BackboneFile file = BackboneFile.Open(backbone, options);
        using FeatureCache cache = new(options.Cache!, file, options.PixelLimit, options.ScaledDecoding);
        byte[] key = new byte[32];
        float[] features = new float[file.FeatureCount];
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            features[^1] = bad;
            cache.Write(key, features, ImageOddities.None);
            Assert.IsFalse(cache.TryRead(key, features, out _));
        }

        features[^1] = 1;
        cache.Write(key, features, ImageOddities.Flat);
        Assert.IsTrue(cache.TryRead(key, features, out ImageOddities oddities));
        Assert.AreEqual(ImageOddities.Flat, oddities);
    }

    [TestMethod]
    public void A_flat_image_is_known_from_the_cache_too()
    {
        File.WriteAllBytes(paths[3], Imaging.TestImages.Plain(20, 20, SkiaSharp.SKColors.Black));
        for (int pass = 0; pass < 2; pass++)
        {
            using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options);
            ImageFeatures[] images = [.. featurizer.Featurize(paths)];
            StringAssert.StartsWith(images[3].Warning, "is one flat color after decoding");
            Assert.HasCount(1, images.Where(image => image.Warning is not null));
        }
    }

    [TestMethod]
    public void Cursors_and_prediction_engines_use_it_for_images_in_any_form()
    {
        Featurize(options);
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = path, Bytes = File.ReadAllBytes(path) })
            .ToList());
        IDataView withImages = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(data).Transform(data);
        foreach (string column in new[] { "ImagePath", "Bytes" })
        {
            using ImageFeaturizingTransformer transformer = ml.Transforms.FeaturizeImages("Features", column, backbone, options).Fit(data);
            CollectionAssert.AreEqual(expected[7], transformer.Transform(data).GetColumn<float[]>("Features").ElementAt(7));
            Assert.IsGreaterThan(7, transformer.Featurizer.CacheHits);
            long before = transformer.Featurizer.CacheHits;
            using PredictionEngine<Row, Output> engine = ml.Model.CreatePredictionEngine<Row, Output>(transformer);
            CollectionAssert.AreEqual(expected[7], engine.Predict(
                new Row { ImagePath = paths[7], Bytes = File.ReadAllBytes(paths[7]) }).Features);
            Assert.AreEqual(before + 1, transformer.Featurizer.CacheHits);
        }

        using ImageFeaturizingTransformer images = ml.Transforms.FeaturizeImages("Features", "Image", backbone, options).Fit(withImages);
        for (int i = 0; i < 2; i++)
        {
            float[][] actual = [.. images.Transform(withImages).GetColumn<float[]>("Features")];
            for (int image = 0; image < Count; image++) ImageFeaturizerTests.AssertClose(expected[image], actual[image]);
            Assert.AreEqual(i * Count, images.Featurizer.CacheHits); // known by their pixels, not by their files
        }
    }

    [TestMethod]
    public void A_saved_model_has_the_features_of_its_backbone()
    {
        Featurize(options);
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = path }).ToList());
        using (ImageFeaturizingTransformer transformer = ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone).Fit(data))
        {
            ml.Model.Save(transformer, data.Schema, folder.File("model.zip"));
        }

        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(folder.File("model.zip"), out _, options);
        Assert.HasCount(Count, loaded.Transform(data).GetColumn<float[]>("Features"));

        Assert.AreEqual(Count, loaded.OfType<ImageFeaturizingTransformer>().Single().Featurizer.CacheHits);
    }

    [TestMethod]
    public void Many_featurizers_share_a_folder_at_once()
    {
        Parallel.For(0, 8, _ => Featurize(options));

        Assert.HasCount(Count, Entries);
        Assert.AreEqual(Count, Featurize(options));
    }

    public void Dispose() => folder.Dispose();

    /// <returns>How many came from the cache.</returns>
    private long Featurize(FeaturizeImagesOptions withOptions)
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, withOptions);
        foreach ((float[] one, ImageFeatures other) in expected.Zip(featurizer.Featurize(paths)))
        {
            ImageFeaturizerTests.AssertClose(one, other.Features);
        }

        return featurizer.CacheHits;
    }

    private sealed class Row
    {
        public string? ImagePath { get; set; }

        public byte[]? Bytes { get; set; }
    }

    private sealed class Output
    {
        public float[]? Features { get; set; }
    }
}
