using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The estimator and its transformer as ML.NET uses them.</summary>
[TestClass]
public sealed class FeaturizeImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly ImageFeaturizingEstimator estimator;

    public FeaturizeImagesTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 10);
        string backbone = Path.Combine(Directory.CreateDirectory(Path.Combine(folder.Path, ".backbone")).FullName, "tiny.onnx");
        estimator = ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(backbone));
    }

    [TestMethod]
    public void A_trainer_learns_from_the_features()
    {
        IDataView data = ml.Data.ShuffleRows(ml.Data.LoadImageFolder(folder.Path), seed: 1);
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, testFraction: 0.4, seed: 1);

        using TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(estimator)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(split.TrainSet);

        Assert.AreEqual(1, ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).MicroAccuracy);

        string path = folder.File("..saved", "model.zip");
        ml.Model.Save(model, data.Schema, path);
        foreach (ITransformer loaded in new[] { ml.Model.Load(path, out _), ml.Model.LoadImageModel(path, out _) })
        {
            Assert.AreEqual(1, ml.MulticlassClassification.Evaluate(loaded.Transform(split.TestSet)).MicroAccuracy);
            using PredictionEngine<LabeledImage, Prediction> engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(loaded);
            Prediction prediction = engine.Predict(new LabeledImage { ImagePath = Path.Combine(folder.Path, "green", "03.png") });
            Assert.AreEqual("green", prediction.PredictedLabel);
            Assert.AreEqual(1, prediction.Score!.Sum(), 1e-4f);
        }
    }

    [TestMethod]
    public void A_head_trained_on_features_makes_a_model_with_the_featurizer()
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.List(folder.Path);
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        ImageFeaturizingTransformer featurizing = estimator.Fit(data);
        SchemaDefinition definition = SchemaDefinition.Create(typeof(FeatureRow));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, featurizing.Featurizer.FeatureCount);
        List<FeatureRow> rows = [.. featurizing.Featurizer.Featurize(images.Select(image => image.ImagePath))
            .Zip(images, (featured, image) => new FeatureRow { Features = featured.Features, Label = image.Label })];
        IDataView features = ml.Data.LoadFromEnumerable(rows, definition);
        ITransformer head = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(features);
        string path = folder.File("..saved", "composed.zip");
        ml.Model.Save(new TransformerChain<ITransformer>(featurizing, head), data.Schema, path);

        using TransformerChain<ITransformer> model = ml.Model.LoadImageModel(path, out _);

        Assert.IsInstanceOfType<ImageFeaturizingTransformer>(model.First());
        TransformerChain<ITransformer> loadedHead = new([.. model.SkipWhile(part => part is not ImageFeaturizingTransformer).Skip(1)]);
        string[] labels = [.. images.Select(image => image.Label)];
        CollectionAssert.AreEqual(labels, loadedHead.Transform(features).GetColumn<string>("PredictedLabel").ToArray());
        CollectionAssert.AreEqual(labels, model.Transform(data).GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void The_schema_that_is_promised_is_the_one_that_comes()
    {
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        EstimatorChain<ImageFeaturizingTransformer> chain = ml.Transforms.Conversion.MapValueToKey("Label").Append(estimator);

        // ML.NET makes a SchemaShape of a schema when a chain is asked with an estimator in front.
        SchemaShape promised = chain.GetOutputSchema(ShapeOf("ImagePath", "Label"));
        DataViewSchema delivered = chain.Fit(data).GetOutputSchema(data.Schema);

        SchemaShape.Column features = promised.Single(column => column.Name == "Features");
        Assert.AreEqual(SchemaShape.Column.VectorKind.Vector, features.Kind);
        Assert.AreEqual(NumberDataViewType.Single, features.ItemType);
        Assert.IsFalse(features.IsKey);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, TinyBackbone.FeatureCount), delivered["Features"].Type);
        CollectionAssert.AreEquivalent(
            delivered.Where(column => !column.IsHidden).Select(column => column.Name).ToArray(),
            promised.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void The_output_may_take_the_inputs_name()
    {
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        using ImageFeaturizingTransformer replacing = ml.Transforms
            .FeaturizeImages("ImagePath", "ImagePath", Path.Combine(folder.Path, ".backbone", "tiny.onnx")).Fit(data);

        IDataView output = replacing.Transform(data);

        Assert.IsInstanceOfType<VectorDataViewType>(output.Schema["ImagePath"].Type);
        Assert.HasCount(30, output.GetColumn<float[]>("ImagePath"));
        string path = folder.File("..saved", "replacing.zip");
        ml.Model.Save(replacing, data.Schema, path);
        Assert.HasCount(30, ml.Model.Load(path, out _).Transform(data).GetColumn<float[]>("ImagePath"));
    }

    [TestMethod]
    public void Each_fit_gives_a_transformer_of_its_own()
    {
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        estimator.Fit(data).Dispose();
        using ImageFeaturizingTransformer second = estimator.Fit(data);
        using ImageFeaturizingTransformer third = estimator.Fit(data);
        third.Dispose();

        Assert.HasCount(30, second.Transform(data).GetColumn<float[]>("Features"));
    }

    /// <summary>Opening a network takes time and memory: transformers of one estimator share it while one of them lives.</summary>
    [TestMethod]
    public void The_transformers_of_an_estimator_share_one_network()
    {
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        ImageFeaturizingTransformer first = estimator.Fit(data);
        using ImageFeaturizingTransformer second = estimator.Fit(data);
        Assert.AreSame(Session(first), Session(second));
        first.Dispose();
        first.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => first.Transform(data).GetColumn<float[]>("Features").ToArray());
        Assert.HasCount(30, second.Transform(data).GetColumn<float[]>("Features"));
        second.Dispose();
        using ImageFeaturizingTransformer third = estimator.Fit(data);
        Assert.AreNotSame(Session(second), Session(third));
        Assert.HasCount(30, third.Transform(data).GetColumn<float[]>("Features"));

        static object Session(ImageFeaturizingTransformer transformer) => typeof(BackboneFile)
            .GetField("session", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(
                transformer.Featurizer.Backbone)!;
    }

    [TestMethod]
    public void A_missing_column_is_named_with_those_that_are_there()
    {
        const string expected = "Could not find input column 'ImagePath'. The data have the columns 'Path', 'Label'.";
        IDataView data = ml.Data.LoadFromEnumerable([new { Path = "a", Label = "b" }]);

        Assert.AreEqual(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message);
        Assert.AreEqual(expected,
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(ShapeOf("Path", "Label"))).Message);
        using ImageFeaturizingTransformer transformer = estimator.Fit(ml.Data.LoadImageFolder(folder.Path));
        Assert.AreEqual(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(data)).Message);
    }

    [TestMethod]
    public void A_column_of_another_type_is_refused()
    {
        IDataView data = ml.Data.LoadFromEnumerable([new { ImagePath = new float[3], Label = "b" }]);
        IDataView numbers = ml.Data.LoadFromEnumerable([new { ImagePath = 1 }]);

        Assert.AreEqual(
            "Schema mismatch for input column 'ImagePath': expected String (the image's path), Vector<Byte> (the image file's bytes) or "
            + "Image, got Vector<Single>.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message);
        Assert.AreEqual(
            "Schema mismatch for input column 'ImagePath': expected String (the image's path), Vector<Byte> (the image file's bytes) or "
            + "Image, got Int32.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(numbers)).Message);
        SchemaShape shape = ml.Transforms.CopyColumns("ImagePath", "Label").Append(ml.Transforms.Conversion.MapValueToKey("ImagePath"))
            .GetOutputSchema(ShapeOf("Label"));
        Assert.AreEqual(
            "Schema mismatch for input column 'ImagePath': expected String (the image's path), Vector<Byte> (the image file's bytes) or "
            + "Image, got UInt32.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(shape)).Message);
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_Transform_gives()
    {
        IDataView data = ml.Data.LoadImageFolder(folder.Path);
        ImageFeaturizingTransformer transformer = estimator.Fit(data);
        float[][] expected = [.. transformer.Transform(data).GetColumn<float[]>("Features")];
        using PredictionEngine<LabeledImage, FeatureRow> engine = ml.Model.CreatePredictionEngine<LabeledImage, FeatureRow>(transformer);

        foreach ((float[] features, LabeledImage image) in expected.Zip(ImageFolder.List(folder.Path)))
        {
            FeatureRow row = engine.Predict(image);
            ImageFeaturizerTests.AssertClose(features, row.Features);
            Assert.AreEqual(image.Label, row.Label);
        }
    }

    [TestMethod]
    public void A_prediction_engine_names_the_image_that_it_cannot_read()
    {
        using PredictionEngine<LabeledImage, FeatureRow> engine = ml.Model.CreatePredictionEngine<LabeledImage, FeatureRow>(
            estimator.Fit(ml.Data.LoadImageFolder(folder.Path)));

        UnreadableImageException error = Assert.ThrowsExactly<UnreadableImageException>(
            () => engine.Predict(new LabeledImage { ImagePath = "gone.png" }));

        Assert.AreEqual("The image 'gone.png' does not exist.", error.Message);
    }

    /// <summary>What was computed twice would be found in the cache the second time.</summary>
    [TestMethod]
    public void A_prediction_engine_that_asks_for_both_columns_featurizes_an_image_once()
    {
        FeaturizeImagesOptions options = new()
        {
            UnreadableImages = UnreadableImages.UseDefault,
            Cache = new FeatureCacheOptions { Folder = folder.File(".cache", "features") }
        };
        ImageFeaturizingTransformer transformer = ml.Transforms
            .FeaturizeImages("Features", "ImagePath", Path.Combine(folder.Path, ".backbone", "tiny.onnx"), options)
                .Fit(ml.Data.LoadImageFolder(folder.Path));
        using PredictionEngine<LabeledImage, FeaturesAndWhether> engine =
            ml.Model.CreatePredictionEngine<LabeledImage, FeaturesAndWhether>(transformer);
        string photo = Path.Combine(folder.Path, "red", "00.png"), other = Path.Combine(folder.Path, "blue", "00.png");

        FeaturesAndWhether first = engine.Predict(new LabeledImage { ImagePath = photo });
        Assert.IsTrue(first.FeaturesIsReadable);
        Assert.AreEqual(0, transformer.Featurizer.CacheHits);

        Assert.IsFalse(engine.Predict(new LabeledImage { ImagePath = "gone.png" }).FeaturesIsReadable);
        CollectionAssert.AreNotEqual(first.Features, engine.Predict(new LabeledImage { ImagePath = other }).Features);
        CollectionAssert.AreEqual(first.Features, engine.Predict(new LabeledImage { ImagePath = photo }).Features);
        Assert.AreEqual(1, transformer.Featurizer.CacheHits);
    }

    public void Dispose() => folder.Dispose();

    private SchemaShape ShapeOf(params string[] textColumns)
    {
        // The front of a chain: CustomMapping makes columns out of nothing.
        IEnumerable<SchemaShape.Column> columns = textColumns.SelectMany(name =>
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(TextRow));
            definition[0].ColumnName = name;
            return ml.Transforms.CustomMapping<NoColumns, TextRow>((_, _) => { }, contractName: null, outputSchemaDefinition: definition)
                .GetOutputSchema(new SchemaShape([]));
        });
        return new SchemaShape(columns);
    }

    private sealed class NoColumns;

    private sealed class TextRow
    {
        public string? Text { get; set; }
    }

    private sealed class FeatureRow
    {
        public float[]? Features { get; set; }

        public string? Label { get; set; }
    }

    private sealed class FeaturesAndWhether
    {
        public float[]? Features { get; set; }

        public bool FeaturesIsReadable { get; set; }
    }

    private sealed class Prediction
    {
        public string? PredictedLabel { get; set; }

        public float[]? Score { get; set; }
    }
}
