using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Options that decide what comes out: fresh, loaded plainly and loaded by LoadImageModel.</summary>
[TestClass]
public sealed class FeaturizeImagesOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly string[] paths;
    private readonly float[][] plain;
    private readonly IDataView data;

    public FeaturizeImagesOptionsTests()
    {
        backbone = new TinyBackbone { Logits = true }.Write(folder.File("tiny.onnx"));
        paths = NoiseImage.WriteMany(folder, 10);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone);
        plain = [.. featurizer.Featurize(paths).Select(image => image.Features!)];
        data = ml.Data.LoadFromEnumerable(paths.Select(path => new LabeledImage { ImagePath = path }).ToList());
    }

    [TestMethod]
    public void Unreadable_images_can_give_missing_values_and_a_column_that_tells_them()
    {
        File.WriteAllBytes(paths[4], []);
        File.Delete(paths[7]);
        bool[] readable = [.. Enumerable.Range(0, 10).Select(i => i is not (4 or 7))];
        foreach (bool normalize in new[] { false, true })
        {
            foreach (ITransformer model in FreshAndLoaded(new FeaturizeImagesOptions
            {
                UnreadableImages = UnreadableImages.UseDefault,
                Normalize = normalize
            }))
            {
                IDataView output = model.Transform(data);
                CollectionAssert.AreEqual(readable, output.GetColumn<bool>("FeaturesIsReadable").ToArray());
                foreach ((int i, float[] features) in output.GetColumn<float[]>("Features").Index())
                {
                    if (readable[i]) ImageFeaturizerTests.AssertClose(normalize ? Unit(plain[i]) : plain[i], features);
                    else Assert.IsTrue(features is [_, ..] && features.All(float.IsNaN));
                }

                using PredictionEngine<LabeledImage, Row> engine = ml.Model.CreatePredictionEngine<LabeledImage, Row>(model);
                Assert.IsTrue(engine.Predict(new LabeledImage { ImagePath = paths[0] }).FeaturesIsReadable);
                Row missing = engine.Predict(new LabeledImage { ImagePath = paths[7] });
                Assert.IsFalse(missing.FeaturesIsReadable);
                Assert.IsTrue(missing.Features is { Length: 8 } && missing.Features.All(float.IsNaN));
            }
        }
    }

    [TestMethod]
    public void The_column_of_readable_images_is_promised_and_comes_with_the_same_type()
    {
        ImageFeaturizingEstimator estimator = ml.Transforms.FeaturizeImages(
            "Features", "ImagePath", backbone, new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault });
        SchemaShape front = ml.Transforms.CopyColumns("ImagePath", "Label").GetOutputSchema(EstimatorWorkout.ShapeOf(data));

        SchemaShape.Column promised = estimator.GetOutputSchema(front).Single(column => column.Name == "FeaturesIsReadable");

        Assert.AreEqual(SchemaShape.Column.VectorKind.Scalar, promised.Kind);
        Assert.AreEqual(BooleanDataViewType.Instance, promised.ItemType);
        foreach (ITransformer model in FreshAndLoaded(new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault }))
        {
            DataViewSchema schema = model.GetOutputSchema(data.Schema);
            Assert.AreEqual(BooleanDataViewType.Instance, schema["FeaturesIsReadable"].Type);
            CollectionAssert.AreEqual(new[] { "ImagePath", "Label", "Features", "FeaturesIsReadable" },
                schema.Where(column => !column.IsHidden).Select(column => column.Name).ToArray());
        }
    }

    [TestMethod]
    public void Who_asks_which_images_are_readable_alone_is_told()
    {
        File.Delete(paths[2]);
        using ImageFeaturizingTransformer transformer = Fit(new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault });

        Assert.AreEqual(9, transformer.Transform(data).GetColumn<bool>("FeaturesIsReadable").Count(readable => readable));
    }

    [TestMethod]
    public void Normalized_features_have_length_1()
    {
        foreach (ITransformer model in FreshAndLoaded(new FeaturizeImagesOptions { Normalize = true }))
        {
            foreach ((float[] expected, float[] actual) in plain.Zip(model.Transform(data).GetColumn<float[]>("Features")))
            {
                ImageFeaturizerTests.AssertClose(Unit(expected), actual);
            }
        }
    }

    [TestMethod]
    public void Logits_are_given_where_the_file_has_them()
    {
        foreach (ITransformer model in FreshAndLoaded(new FeaturizeImagesOptions { Output = BackboneOutput.Logits }))
        {
            foreach ((float[] features, float[] logits) in plain.Zip(model.Transform(data).GetColumn<float[]>("Features")))
            {
                ImageFeaturizerTests.AssertClose([-features[0], -features[1], -features[2]], logits);
            }
        }

        string without = new TinyBackbone().Write(folder.File("without.onnx"));
        Assert.AreEqual($"'{without}' has no output 'logits'; it has 'features'. Export it with `--outputs logits`.",
            Assert.ThrowsExactly<InvalidDataException>(
                () => ImageFeaturizer.Open(without, new FeaturizeImagesOptions { Output = BackboneOutput.Logits })).Message);
    }

    [TestMethod]
    public void A_stage_is_given_where_the_file_has_it()
    {
        new TinyBackbone { OutputName = "layer3", Logits = true }.Write(backbone);
        foreach (ITransformer model in FreshAndLoaded(new FeaturizeImagesOptions { Output = BackboneOutput.Layer3 }))
        {
            foreach ((float[] expected, float[] actual) in plain.Zip(model.Transform(data).GetColumn<float[]>("Features")))
                ImageFeaturizerTests.AssertClose(expected, actual);
        }
    }

    [TestMethod]
    public void A_loaded_model_decodes_at_the_same_part_of_the_size()
    {
        string photo = Path.Combine(AppContext.BaseDirectory, "Imaging", "Data", "photo0.jpg");
        IDataView photos = ml.Data.LoadFromEnumerable([new LabeledImage { ImagePath = photo }]);
        float[] whole = Fit(new FeaturizeImagesOptions()).Transform(photos).GetColumn<float[]>("Features").Single();
        float[][] scaled = [.. FreshAndLoaded(new FeaturizeImagesOptions { ScaledDecoding = 1 })
            .Select(model => model.Transform(photos).GetColumn<float[]>("Features").Single())];

        CollectionAssert.AreNotEqual(whole, scaled[0]);
        ImageFeaturizerTests.AssertClose(scaled[0], scaled[1]);
        ImageFeaturizerTests.AssertClose(scaled[0], scaled[2]);
    }

    [TestMethod]
    public void Fewer_pixels_than_are_needed_are_refused() => Assert.AreEqual(
        "Scaled decoding leaves at least once the pixels that are needed; null decodes photos whole. (Parameter 'ScaledDecoding')\nActual "
            + "value was 0.5.",
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            new FeaturizeImagesOptions { ScaledDecoding = 0.5 }).Message.ReplaceLineEndings("\n"));

    [TestMethod]
    public void A_loaded_model_keeps_what_decides_on_its_values()
    {
        string path = Save(new FeaturizeImagesOptions { Normalize = true, Output = BackboneOutput.Logits });

        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(
            path, out _, new FeaturizeImagesOptions { UnreadableImages = UnreadableImages.UseDefault, BatchSize = 2 });

        Assert.AreEqual(2, loaded.OfType<ImageFeaturizingTransformer>().Single().Featurizer.BatchSize);
        Assert.IsNull(loaded.GetOutputSchema(data.Schema).GetColumnOrNull("FeaturesIsReadable"));
        float[] logits = loaded.Transform(data).GetColumn<float[]>("Features").First();
        ImageFeaturizerTests.AssertClose(Unit([-plain[0][0], -plain[0][1], -plain[0][2]]), logits);
    }

    [TestMethod]
    public void The_backbone_may_come_from_a_stream()
    {
        using MemoryStream stream = new(File.ReadAllBytes(backbone));
        ImageFeaturizingEstimator estimator = ml.Transforms.FeaturizeImages("Features", "ImagePath", stream);
        for (int i = 0; i < 2; i++)
        {
            using ImageFeaturizingTransformer transformer = estimator.Fit(data);
            ImageFeaturizerTests.AssertClose(plain[3], transformer.Transform(data).GetColumn<float[]>("Features").ElementAt(3));
        }

        Assert.StartsWith("'stream' cannot be opened as an ONNX model",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFeaturizer.Open(new MemoryStream([1, 2, 3]))).Message);
    }

    [TestMethod]
    public void No_more_images_are_decoded_at_a_time_than_the_option_says()
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, new FeaturizeImagesOptions { DecodeParallelism = 3 });
        int decoding = 0;
        int most = 0;

        Assert.HasCount(40, featurizer.Pipeline.Run(Enumerable.Range(0, 40), Slow, CancellationToken.None).ToList());

        Assert.IsInRange(2, 3, most);

        Picture Slow(int image)
        {
            int now = Interlocked.Increment(ref decoding);
            InterlockedMax(now);
            Thread.Sleep(5);
            Interlocked.Decrement(ref decoding);
            return Picture.OfFile(paths[0]);
        }

        void InterlockedMax(int value)
        {
            lock (paths)
            {
                most = Math.Max(most, value);
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private ImageFeaturizingTransformer Fit(FeaturizeImagesOptions options) =>
        ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone, options).Fit(data);

    private string Save(FeaturizeImagesOptions options)
    {
        string path = folder.File("model.zip");
        using ImageFeaturizingTransformer fresh = Fit(options);
        ml.Model.Save(fresh, data.Schema, path);
        return path;
    }

    private IEnumerable<ITransformer> FreshAndLoaded(FeaturizeImagesOptions options)
    {
        string path = Save(options);
        using ImageFeaturizingTransformer fresh = Fit(options);
        yield return fresh;
        yield return ml.Model.Load(path, out _);
        using TransformerChain<ITransformer> restored = ml.Model.LoadImageModel(path, out _);
        yield return restored;
    }

    private static float[] Unit(float[] vector)
    {
        double length = Math.Sqrt(vector.Sum(x => (double)x * x));
        return [.. vector.Select(x => (float)(x / length))];
    }

    private sealed class Row
    {
        public float[]? Features { get; set; }

        public bool FeaturesIsReadable { get; set; }
    }
}
