using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>How scaling and regularization are chosen where nobody gives them.</summary>
[TestClass]
public sealed class HeadSelectionTests : IDisposable
{
    private const int Width = 12;
    private readonly TemporaryFolder folder = new();
    private readonly MLContext mlContext = new(seed: 1);

    /// <summary>A weak feature tells the class, and strong ones say nothing: at unit length the weak one drowns.</summary>
    [TestMethod]
    public void A_weak_feature_that_tells_the_class_makes_it_standardize() =>
        Assert.AreEqual(FeatureScaling.Standardized, ClassificationHead.Choose(WeakFeature(60)).Scaling);

    /// <summary>The direction tells the class, and lengths differ by a factor of a hundred.</summary>
    [TestMethod]
    public void Features_whose_length_says_nothing_keep_unit_length()
    {
        var random = new Random(1);
        LabeledFeatures[] images = [.. Enumerable.Range(0, 200).Select(i =>
            new LabeledFeatures("", Name(i), [.. Direction(random, i % 2).Select(x => x * MathF.Pow(100, random.NextSingle()))]))];
        Assert.AreEqual(FeatureScaling.UnitLength, ClassificationHead.Choose(images).Scaling);
    }

    /// <summary>Labels that nothing tells are best predicted by weights of about 0, and those that a feature tells by long ones.</summary>
    [TestMethod]
    public void Labels_by_chance_ask_for_more_regularization_than_those_that_features_tell()
    {
        var random = new Random(1);
        LabeledFeatures[] told = [.. Enumerable.Range(0, 100).Select(i => new LabeledFeatures("", Name(i), Direction(random, i % 2)))];
        LabeledFeatures[] chance = [.. told.Select(image => image with { Label = Name(random.Next(2)) })];
        ClassificationHeadOptions unit = new() { Scaling = FeatureScaling.UnitLength };
        Assert.AreEqual((0.01f, 0.1f), (ClassificationHead.Choose(told, unit).L2Regularization, ClassificationHead.Choose(chance, unit).L2Regularization));
    }

    [TestMethod]
    public void What_is_given_is_not_chosen()
    {
        LabeledFeatures[] images = WeakFeature(60);
        Assert.AreEqual(FeatureScaling.UnitLength, ClassificationHead.Choose(images, new() { Scaling = FeatureScaling.UnitLength }).Scaling);
        ClassificationHeadOptions chosen = ClassificationHead.Choose(images, new() { L2Regularization = 7 });
        Assert.AreEqual((FeatureScaling.Standardized, 7f), (chosen.Scaling, chosen.L2Regularization));
    }

    [TestMethod]
    public void The_same_seed_chooses_the_same()
    {
        LabeledFeatures[] images = WeakFeature(30);
        for (int seed = 1; seed <= 3; seed++)
        {
            ClassificationHeadOptions options = new() { Seed = seed, ClassWeights = ClassWeights.Balanced };
            Assert.AreEqual(ClassificationHead.Choose(images, options), ClassificationHead.Choose(images, options));
        }
    }

    /// <summary>One image of a class cannot be held out: the class would be unknown.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Too_few_images_to_tell_get_the_usual_head(int perClass)
    {
        LabeledFeatures[] images = [.. WeakFeature(perClass), new LabeledFeatures("", "single", new float[Width])];
        ClassificationHeadOptions chosen = ClassificationHead.Choose(images);
        Assert.AreEqual((FeatureScaling.UnitLength, 0.01f), (chosen.Scaling, chosen.L2Regularization));
        Assert.AreEqual(images.Length, ClassificationHead.Fit(mlContext, images).Transform(LabeledFeatures.ToDataView(mlContext, images)).GetColumn<float[]>("Score").Count());
    }

    [TestMethod]
    public void A_class_with_one_image_among_larger_ones_is_no_obstacle() => Assert.AreEqual(FeatureScaling.Standardized,
        ClassificationHead.Choose([new LabeledFeatures("", "single", new float[Width]), .. WeakFeature(60)]).Scaling);

    /// <summary>Loss and regularization are ML.NET's, so what is best by the one is best by the other.</summary>
    [TestMethod]
    [DataRow(0.003f)]
    [DataRow(0.1f)]
    public void The_regression_that_compares_is_the_one_that_ML_NET_trains(float l2)
    {
        var random = new Random(1);
        LabeledFeatures[] images = [.. Enumerable.Range(0, 90).Select(i => new LabeledFeatures("", $"{i % 3}", Direction(random, i % 3)))];
        LabeledFeatures[] others = [.. Enumerable.Range(0, 30).Select(i => new LabeledFeatures("", $"{i % 3}", Direction(random, i % 3)))];
        ClassificationHeadOptions options = new() { Scaling = FeatureScaling.UnitLength, L2Regularization = l2, ClassWeights = ClassWeights.Of(new Dictionary<string, double> { ["1"] = 3 }) };
        float[][] expected = [.. ClassificationHead.Fit(mlContext, images, options).Transform(LabeledFeatures.ToDataView(mlContext, others)).GetColumn<float[]>("Score")];

        var regression = new SoftmaxRegression([.. images.Select(image => FeatureStep.UnitLength.Apply(image.Features))],
            [.. images.Select((_, i) => i % 3)], [.. images.Select((_, i) => i % 3 == 1 ? 3f : 1f)], classes: 3);
        regression.Fit(1);
        regression.Fit(l2);
        foreach ((LabeledFeatures image, float[] scores) in others.Zip(expected))
        {
            for (int k = 0; k < 3; k++)
                Assert.AreEqual(scores[k], Math.Exp(-regression.LossOf(FeatureStep.UnitLength.Apply(image.Features), k)), 0.02);
        }
    }

    [TestMethod]
    public void A_standardized_head_is_saved_explained_and_exported()
    {
        NoiseImage.WriteClasses(folder, perClass: 12);
        string backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx")), model = folder.File(".saved", "model.zip"), onnx = folder.File(".saved", "all.onnx");
        IDataView photos = mlContext.Data.LoadImageFolder(folder.Path);
        TransformerChain<ITransformer> fitted = mlContext.MulticlassClassification.ImageClassification(backbone, new ImageClassificationOptions
        {
            Head = new ClassificationHeadOptions { Scaling = FeatureScaling.Standardized },
        }).Fit(photos);
        float[][] expected = [.. fitted.Transform(photos).GetColumn<float[]>("Score")];
        mlContext.Model.Save(fitted, photos.Schema, model);

        using ImageClassifier classifier = ImageClassifier.Load(model);
        Assert.IsInstanceOfType<FeatureStep.Scaling>(classifier.Linear.Steps.Single());
        string photo = photos.GetColumn<string>("ImagePath").First();
        ImageFeatures features = classifier.Featurizer.Featurize([photo]).Single();
        foreach ((float wanted, float got) in expected[0].Zip(classifier.Linear.Probabilities(features.Features!))) Assert.AreEqual(wanted, got, 1e-4);
        using var explainer = new ImageExplainer(classifier);
        Assert.AreEqual(expected[0].Max(), explainer.Explain(photo).Ranking[0].Probability, 1e-4);
        classifier.ExportOnnx(onnx);
        Assert.IsTrue(File.Exists(onnx));
    }

    /// <summary>Ten red images and thirty blue ones that look alike, as in <see cref="ClassWeightsTests"/>.</summary>
    [TestMethod]
    public void Weights_of_classes_count_in_the_estimator_too()
    {
        string[] files = [.. Enumerable.Range(0, 40).Select(i => folder.File(i % 4 == 0 ? "red" : "blue", $"{i:00}.png"))];
        foreach (string file in files) NoiseImage.Write(file, seed: 1, SkiaSharp.SKColors.Gray);
        IDataView photos = mlContext.Data.LoadImageFolder(folder.Path);
        string backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
        foreach ((ClassWeights weights, double red) in new[] { (ClassWeights.None, 0.25), (ClassWeights.Balanced, 0.5) })
        {
            using TransformerChain<ITransformer> model = mlContext.MulticlassClassification.ImageClassification(backbone, new ImageClassificationOptions
            {
                Head = new ClassificationHeadOptions { ClassWeights = weights },
            }).Fit(photos);
            Assert.AreEqual(red, model.Transform(photos).GetColumn<float[]>("Score").First()[1], 0.02);
        }
    }

    public void Dispose() => folder.Dispose();

    private static string Name(int i) => i % 2 == 0 ? "a" : "b";

    private static LabeledFeatures[] WeakFeature(int perClass)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 2 * perClass).Select(i => new LabeledFeatures("", Name(i),
            [(i % 2 * 0.02f) + (0.01f * random.NextSingle()), .. Enumerable.Range(1, Width - 1).Select(_ => 10 * random.NextSingle())]))];
    }

    // Of a class's own feature much, of the others some.
    private static float[] Direction(Random random, int label) =>
        [.. Enumerable.Range(0, Width).Select(k => random.NextSingle() + (k == label ? 0.7f : 0))];
}
