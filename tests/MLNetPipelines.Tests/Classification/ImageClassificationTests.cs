using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The whole classifier as one estimator: learned, saved, loaded in three ways.</summary>
[TestClass]
public sealed class ImageClassificationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly IDataView photos;
    private readonly string backbone;

    public ImageClassificationTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 6);
        photos = ml.Data.LoadImageFolder(folder.Path);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
    }

    [TestMethod]
    public void A_fitted_model_evaluates_with_the_names_that_ML_NET_expects()
    {
        TransformerChain<ITransformer> model = ml.MulticlassClassification.ImageClassification(backbone).Fit(photos);
        Assert.AreEqual(1, ml.MulticlassClassification.Evaluate(model.Transform(photos)).MicroAccuracy);
    }

    [TestMethod]
    public void Saved_it_gives_the_same_scores_loaded_plainly_batched_and_as_a_classifier()
    {
        TransformerChain<ITransformer> model = ml.MulticlassClassification.ImageClassification(backbone).Fit(photos);
        string path = folder.File(".saved", "model.zip");
        ml.Model.Save(model, photos.Schema, path);
        float[][] expected = [.. model.Transform(photos).GetColumn<float[]>("Score")];

        foreach (ITransformer loaded in new[] { ml.Model.Load(path, out _), ml.Model.LoadImageModel(path, out _) })
        {
            foreach ((float[] one, float[] other) in expected.Zip(loaded.Transform(photos).GetColumn<float[]>("Score")))
                ImageFeaturizerTests.AssertClose(one, other);
        }

        using ImageClassifier classifier = ImageClassifier.Load(path);
        string[] files = [.. photos.GetColumn<string>("ImagePath")];
        foreach ((ImagePrediction prediction, float[] score) in classifier.Predict(files).Zip(expected))
            Assert.AreEqual(score.Max(), prediction.Ranking[0].Probability, 1e-5);
        CollectionAssert.AreEqual(photos.GetColumn<string>("Label").ToArray(), classifier.Predict(files)
            .Select(prediction => prediction.Ranking[0].Label).ToArray());
    }

    [TestMethod]
    public void One_image_at_a_time_needs_no_label_but_loaded_plainly_a_property_for_it()
    {
        TransformerChain<ITransformer> model = ml.MulticlassClassification.ImageClassification(backbone).Fit(photos);
        string path = folder.File(".saved", "model.zip"), photo = folder.File("red", "00.png");
        ml.Model.Save(model, photos.Schema, path);
        foreach (ITransformer either in new[] { model, ml.Model.LoadImageModel(path, out _) })
            Assert.AreEqual("red", Predict(either, new Photo { ImagePath = photo }));
        Assert.AreEqual("red", Predict(ml.Model.Load(path, out _), new PhotoWithLabel { ImagePath = photo }));

        string? Predict<TInput>(ITransformer transformer, TInput input)
            where TInput : class
        {
            using PredictionEngine<TInput, Prediction> engine = ml.Model.CreatePredictionEngine<TInput, Prediction>(transformer);
            return engine.Predict(input).PredictedLabel;
        }
    }

    /// <summary>ML.NET's parts can be for training or for testing only.</summary>
    [TestMethod]
    public void Parts_that_are_for_training_only_stay_so_when_loaded_in_batches()
    {
        using ImageFeaturizingTransformer featurizing = ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone).Fit(photos);
        TransformerChain<ITransformer> inner = new([Copy("InnerTesting"), Copy("InnerScoring")],
            [TransformerScope.Testing, TransformerScope.Scoring]);
        TransformerChain<ITransformer> model = new([Copy("Training"), featurizing, inner],
            [TransformerScope.Training, TransformerScope.Everything, TransformerScope.TrainTest]);
        string path = folder.File(".saved", "scopes.zip"), again = folder.File(".saved", "again.zip");
        ml.Model.Save(model, photos.Schema, path);
        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(path, out _);
        ml.Model.SaveImageModel(loaded, photos.Schema, again);
        foreach (TransformerChain<ITransformer> each in new[] { model, loaded,
            (TransformerChain<ITransformer>)ml.Model.Load(again, out _) })
        {
            Assert.AreEqual("Features", Added(TransformerScope.Scoring));
            Assert.AreEqual("Training Features InnerScoring", Added(TransformerScope.Training));
            Assert.AreEqual("Features InnerScoring", Added(TransformerScope.Testing));

            string Added(TransformerScope scope) => string.Join(' ', each.Transform(photos, scope).Schema
                .Select(column => column.Name).Except(photos.Schema.Select(column => column.Name)));
        }

        ITransformer Copy(string name) => ml.Transforms.CopyColumns(name, "Label").Fit(photos);
    }

    [TestMethod]
    public void Every_part_can_be_replaced()
    {
        IDataView renamed = ml.Transforms.CopyColumns("Kind", "Label").Append(ml.Transforms.CopyColumns("File", "ImagePath"))
            .Append(ml.Transforms.SelectColumns("Kind", "File")).Fit(photos).Transform(photos);
        TransformerChain<ITransformer> model = ml.MulticlassClassification.ImageClassification(backbone, new ImageClassificationOptions
        {
            ImageColumnName = "File",
            LabelColumnName = "Kind",
            Featurizing = new FeaturizeImagesOptions { BatchSize = 5 },
            Normalize = false,
            CacheInMemory = false,
            Trainer = (label, features) => ml.MulticlassClassification.Trainers.NaiveBayes(label, features),
        }).Fit(renamed);

        Assert.IsInstanceOfType<Microsoft.ML.Trainers.NaiveBayesMulticlassModelParameters>(
            model.OfType<ISingleFeaturePredictionTransformer<object>>().Single().Model);
        float[] features = model.Transform(renamed).GetColumn<float[]>("Features").First();
        Assert.IsGreaterThan(1.1, features.Sum(x => x * x)); // not of unit length
    }

    /// <summary>L-BFGS reads its data dozens of times; the cache on disk counts how often features were asked for again.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Features_in_memory_are_computed_once(bool inMemory)
    {
        FeaturizeImagesOptions featurizing = new() { Cache = new FeatureCacheOptions { Folder = folder.File(".cache", "features") } };
        TransformerChain<ITransformer> model = ml.MulticlassClassification
            .ImageClassification(backbone, new ImageClassificationOptions { Featurizing = featurizing, CacheInMemory = inMemory })
                .Fit(photos);
        long again = model.OfType<ImageFeaturizingTransformer>().Single().Featurizer.CacheHits;
        if (inMemory) Assert.AreEqual(0, again);
        else Assert.IsGreaterThan(18, again);
    }

    public void Dispose() => folder.Dispose();

    private class Photo
    {
        public string? ImagePath { get; set; }
    }

    private sealed class PhotoWithLabel : Photo
    {
        public string? Label { get; set; }
    }

    private sealed class Prediction
    {
        public string? PredictedLabel { get; set; }
    }
}
