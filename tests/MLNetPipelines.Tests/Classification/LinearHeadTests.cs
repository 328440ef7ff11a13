using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Whatever linear classifier ML.NET trains is written as ONNX and differentiated; what is not linear is refused with the
/// reason.</summary>
[TestClass]
public sealed class LinearHeadTests
{
    private static readonly MLContext ml = new(seed: 1);
    private static TemporaryFolder folder = null!;
    private static ImageFeaturizingTransformer featurizing = null!;
    private static IDataView data = null!;
    private static string[] photos = null!;

    private static Dictionary<string, IEstimator<ITransformer>> Normalizers => new()
    {
        ["none"] = new EstimatorChain<ITransformer>(),
        ["unit length"] = ml.Transforms.NormalizeLpNorm("X", "CNN"),
        ["L1, zero mean"] = ml.Transforms.NormalizeLpNorm("X", "CNN",
            Microsoft.ML.Transforms.LpNormNormalizingEstimatorBase.NormFunction.L1, ensureZeroMean: true),
        ["largest"] = ml.Transforms.NormalizeLpNorm("X", "CNN",
            Microsoft.ML.Transforms.LpNormNormalizingEstimatorBase.NormFunction.Infinity),
        ["global contrast"] = ml.Transforms.NormalizeGlobalContrast("X", "CNN", ensureUnitStandardDeviation: true, scale: 3),
        ["mean-variance"] = ml.Transforms.NormalizeMeanVariance("X", "CNN", fixZero: false),
        ["min-max"] = ml.Transforms.NormalizeMinMax("X", "CNN"),
        ["robust"] = ml.Transforms.NormalizeRobustScaling("X", "CNN"),
        ["in place"] = ml.Transforms.CopyColumns("X", "CNN").Append(ml.Transforms.NormalizeLpNorm("X"))
            .Append(ml.Transforms.NormalizeMinMax("X")),
        ["copied, scaled, of unit length"] = ml.Transforms.CopyColumns("Y", "CNN").Append(ml.Transforms.NormalizeMeanVariance("Y"))
            .Append(ml.Transforms.NormalizeLpNorm("X", "Y")),
    };

    private static Dictionary<string, Func<string, IEstimator<ITransformer>>> Trainers => new()
    {
        ["maximum entropy, L-BFGS"] = x => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Class", x),
        ["maximum entropy, SDCA"] = x => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy("Class", x, maximumNumberOfIterations: 20),
        ["not calibrated, SDCA"] = x => ml.MulticlassClassification.Trainers.SdcaNonCalibrated("Class", x, maximumNumberOfIterations: 20),
        ["one against the rest, L-BFGS"] = x => OneVersusAll(ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Class", x)),
        ["one against the rest, SDCA"] = x =>
            OneVersusAll(ml.BinaryClassification.Trainers.SdcaLogisticRegression("Class", x, maximumNumberOfIterations: 20)),
        ["one against the rest, perceptron"] = x => OneVersusAll(ml.BinaryClassification.Trainers.AveragedPerceptron("Class", x)),
        ["one against the rest, perceptron, margins"] = x =>
            OneVersusAll(ml.BinaryClassification.Trainers.AveragedPerceptron("Class", x), useProbabilities: false),
        ["one against the rest, support vectors"] = x => OneVersusAll(ml.BinaryClassification.Trainers.LinearSvm("Class", x)),
        ["binary, L-BFGS"] = x => ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRed", x),
        ["binary, perceptron"] = x => ml.BinaryClassification.Trainers.AveragedPerceptron("IsRed", x),
        ["binary, support vectors, calibrated"] = x => ml.BinaryClassification.Trainers.LinearSvm("IsRed", x)
            .Append(ml.BinaryClassification.Calibrators.Platt("IsRed")),
    };

    public static IEnumerable<object[]> Heads =>
    [
        .. Trainers.Keys.Select(trainer => new object[] { trainer, "none" }),
        .. Normalizers.Keys.Select(normalizer => new object[] { "maximum entropy, L-BFGS", normalizer }),
        ["one against the rest, perceptron", "min-max"],
        ["binary, L-BFGS", "mean-variance"],
    ];

    [ClassInitialize]
    public static void Featurize(TestContext context)
    {
        folder = new TemporaryFolder();
        NoiseImage.WriteClasses(folder, perClass: 6);
        IDataView images = ml.Data.LoadImageFolder(folder.Path);
        photos = [.. images.GetColumn<string>("ImagePath")];
        featurizing = ml.Transforms.FeaturizeImages("CNN", "ImagePath", new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx")))
            .Fit(images);
        IDataView labelled = ml.Transforms.Conversion.MapValueToKey("Class", "Label")
            .Append(ml.Transforms.Expression("IsRed", "label : label == \"red\"", "Label")).Fit(images).Transform(images);
        data = ml.Data.Cache(featurizing.Transform(labelled));
    }

    [ClassCleanup]
    public static void Clean()
    {
        featurizing.Dispose();
        folder.Dispose();
    }

    [TestMethod]
    [DynamicData(nameof(Heads))]
    public void The_whole_classifier_as_ONNX_gives_its_probabilities(string trainer, string normalizer)
    {
        ImageClassifier classifier = Train(trainer, normalizer);
        string onnx = folder.File(".onnx", "classifier.onnx");
        classifier.ExportOnnx(onnx);
        using InferenceSession session = new(onnx);
        foreach (string photo in new[] { photos[0], photos[7], photos[13] })
        {
            byte[] pixels = new byte[32 * 32 * 3];
            classifier.Featurizer.Preprocessor.Load(photo, pixels);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 32, 32, 3]);
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["pixels"], [input], ["probabilities"]);
            float[] probabilities = outputs[0].GetTensorDataAsSpan<float>().ToArray();
            IReadOnlyList<ClassProbability> ranking = classifier.Predict([photo]).Single().Ranking;
            Assert.AreEqual(1, ranking.Sum(c => c.Probability), 1e-4);
            foreach (ClassProbability expected in ranking)
                Assert.AreEqual(expected.Probability, probabilities[classifier.Classes.ToList().IndexOf(expected.Label)], 1e-4,
                    expected.Label);
        }
    }

    /// <summary>Against differences of the classifier's own probabilities: between two classes ln p_a - ln p_b is the difference of the
    /// logits, where the link is softmax.</summary>
    [TestMethod]
    [DynamicData(nameof(Normalizers_))]
    public void The_gradient_is_the_limit_of_differences(string normalizer)
    {
        ImageClassifier classifier = Train("maximum entropy, L-BFGS", normalizer);
        float[] features = [.. classifier.Featurizer.Featurize([photos[2]]).Single().Features!];
        float[] first = classifier.Linear.Gradient(0, features), last = classifier.Linear.Gradient(2, features);
        float largest = first.Zip(last, (a, b) => Math.Abs(a - b)).Max();
        for (int i = 0; i < features.Length; i++)
        {
            float step = 0.01f * Math.Abs(features[i]) + 1e-3f;
            double numerical = (Difference(i, step) - Difference(i, -step)) / (2 * step);
            Assert.AreEqual(numerical, first[i] - last[i], 0.05 * largest, $"feature {i}");
        }

        double Difference(int index, float step)
        {
            float[] moved = [.. features];
            moved[index] += step;
            float[] p = classifier.Probabilities([moved]).Single();
            return Math.Log(p[0]) - Math.Log(p[2]);
        }
    }

    public static IEnumerable<object[]> Normalizers_ => Normalizers.Keys.Select(name => new object[] { name });

    [TestMethod]
    public void The_featurizers_own_unit_length_is_part_of_the_head()
    {
        using ImageFeaturizingTransformer unit = ml.Transforms.FeaturizeImages("CNN", "ImagePath", folder.File(".backbone", "tiny.onnx"),
            new FeaturizeImagesOptions { Normalize = true }).Fit(data);
        ITransformer head = ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Class", "CNN")
            .Fit(ml.Data.Cache(unit.Transform(data)));
        using var classifier = ImageClassifier.Of(new TransformerChain<ITransformer>(unit, head));
        Assert.AreEqual(FeatureStep.UnitLength, classifier.Linear.Steps.Single());
        using var explainer = new ImageExplainer(classifier);
        ClassActivationMap map = explainer.Explain(photos[0]);
        Assert.AreEqual(classifier.Predict([photos[0]]).Single().Ranking[0].Probability, map.Ranking[0].Probability, 1e-5);
    }

    [TestMethod]
    public void What_is_not_linear_is_refused_with_the_reason()
    {
        AssertRefused("its trainer made a 'NaiveBayesMulticlass', which is not linear",
            Of(ml.MulticlassClassification.Trainers.NaiveBayes("Class", "CNN")));
        AssertRefused("its trainer made a 'PairwiseCoupling', which is not linear",
            Of(ml.MulticlassClassification.Trainers.PairwiseCoupling(ml.BinaryClassification.Trainers.AveragedPerceptron("Class", "CNN"),
                "Class")));
        AssertRefused("its trainer reads 'Bins', which is not a linear function of the backbone's features",
            Of(ml.Transforms.NormalizeBinning("Bins", "CNN")
                .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Class", "Bins"))));
        AssertRefused("its probabilities come from a 'IsotonicCalibrator', which is not a sigmoid",
            Of(ml.BinaryClassification.Trainers.LinearSvm("IsRed", "CNN").Append(ml.BinaryClassification.Calibrators.Isotonic("IsRed"))));
    }

    public static IEnumerable<object[]> Trees => TreeTrainers.Keys.Select(name => new object[] { name });

    private static Dictionary<string, (string Reason, Func<IEstimator<ITransformer>> Trainer)> TreeTrainers => new()
    {
        ["boosted trees"] = ("its trainer made a 'FastTreeBinary', which is not linear",
            () => ml.BinaryClassification.Trainers.FastTree("IsRed", "CNN", minimumExampleCountPerLeaf: 1)),
        ["forest, calibrated"] = ("its trainer made a 'FastForestBinary', which is not linear",
            () => ml.BinaryClassification.Trainers.FastForest("IsRed", "CNN", minimumExampleCountPerLeaf: 1)
                .Append(ml.BinaryClassification.Calibrators.Platt("IsRed"))),
        ["additive model"] = ("its trainer made a 'GamBinary', which is not linear",
            () => ml.BinaryClassification.Trainers.Gam("IsRed", "CNN", numberOfIterations: 10)),
        ["one against the rest, boosted trees"] = ("its trainer made a 'FastTreeBinary', which is not linear",
            () => OneVersusAll(ml.BinaryClassification.Trainers.FastTree("Class", "CNN", minimumExampleCountPerLeaf: 1))),
        ["LightGBM"] = ("its trainer made a 'LightGbmBinary', which is not linear",
            () => ml.MulticlassClassification.Trainers.LightGbm("Class", "CNN", minimumExampleCountPerLeaf: 1, numberOfIterations: 5)),
        ["linear, on the leaves of trees"] = ("its trainer reads 'Leaves', which is not a linear function of the backbone's features",
            () => ml.Transforms.FeaturizeByFastTreeBinary(new FastTreeBinaryFeaturizationEstimator.Options
            {
                InputColumnName = "CNN",
                LeavesColumnName = "Leaves",
                TreesColumnName = "Trees",
                PathsColumnName = "Paths",
                TrainerOptions = new FastTreeBinaryTrainer.Options
                { LabelColumnName = "IsRed", FeatureColumnName = "CNN", NumberOfTrees = 5, MinimumExampleCountPerLeaf = 1 },
            }).Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Class", "Leaves"))),
    };

    [TestMethod]
    [DynamicData(nameof(Trees))]
    public void Trees_classify_and_are_not_exported_or_explained(string trainer)
    {
        (string reason, Func<IEstimator<ITransformer>> estimator) = TreeTrainers[trainer];
        var model = new TransformerChain<ITransformer>(featurizing, estimator().Fit(data));
        AssertRefused(reason, ImageClassifier.Of(model));
        string saved = folder.File(".models", "trees.zip");
        ml.Model.SaveImageModel(model, data.Schema, saved);
        using ImageClassifier loaded = ImageClassifier.Load(saved);
        AssertRefused(reason, loaded);
    }

    private static void AssertRefused(string reason, ImageClassifier classifier)
    {
        string expected = $"The classifier's head is not linear: {reason}. {LinearHeadReader.Advice}";
        Assert.AreEqual(expected, Assert.ThrowsExactly<InvalidDataException>(() =>
            classifier.ExportOnnx(folder.File(".onnx", "refused.onnx"))).Message);
        Assert.AreEqual(expected, Assert.ThrowsExactly<InvalidDataException>(() => new ImageExplainer(classifier)).Message);
        Assert.IsFalse(File.Exists(folder.File(".onnx", "refused.onnx")));
        Assert.AreEqual(1, classifier.Predict([photos[0]]).Single().Ranking.Sum(c => c.Probability), 1e-4);
    }

    private static ImageClassifier Train(string trainer, string normalizer) =>
        Of(new EstimatorChain<ITransformer>().Append(Normalizers[normalizer])
            .Append(Trainers[trainer](normalizer == "none" ? "CNN" : "X")));

    // The featurizer is the class's: the classifiers are not disposed of.
    private static ImageClassifier Of(IEstimator<ITransformer> head) =>
        ImageClassifier.Of(new TransformerChain<ITransformer>(featurizing, head.Fit(data)));

    private static OneVersusAllTrainer OneVersusAll<TModel>(
        ITrainerEstimator<BinaryPredictionTransformer<TModel>, TModel> trainer, bool useProbabilities = true)
        where TModel : class => ml.MulticlassClassification.Trainers.OneVersusAll(trainer, "Class", useProbabilities: useProbabilities);
}
