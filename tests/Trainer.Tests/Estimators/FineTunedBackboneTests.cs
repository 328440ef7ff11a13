using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.MLNetPipelines.Tests;
using ResNetMLNet.Trainer;
using Trainer.Tests.Tuning;

namespace Trainer.Tests.Estimators;

/// <summary>Estimators that train a backbone, in ML.NET's own ways.</summary>
[TestClass]
public sealed class FineTunedBackboneTests : IDisposable
{
    private readonly TinyFlowers flowers = new();
    private readonly MLContext mlContext = new(seed: 1);
    private readonly FineTuningOptions options = new() { Training = TinyFlowers.Training };
    private readonly IDataView photos;
    private readonly IDataView answers;
    private readonly IDataView numbers;
    private readonly FineTuningOptions values =
        new() { Training = TinyFlowers.Training with { Recipe = TinyFlowers.Training.Recipe! with { LabelSmoothing = 0 } } };

    public FineTunedBackboneTests()
    {
        photos = flowers.Of(mlContext, image => new PathRow { ImagePath = image.ImagePath, Label = image.Label });
        answers = flowers.Of(mlContext, image => new AnswerRow { ImagePath = image.ImagePath, Label = image.Label == "roses" });
        numbers = Numbers(flowers);
    }

    private MulticlassClassificationCatalog.MulticlassClassificationTrainers Multiclass => mlContext.MulticlassClassification.Trainers;

    [TestMethod]
    public void Multiclass_on_text() => EstimatorWorkout.Run(Multiclass.FineTunedBackbone(options), photos, ["ImagePath", "Label"]);

    [TestMethod]
    public void Multiclass_on_keys_and_contents()
    {
        IDataView contents = flowers.Of(mlContext, image =>
            new ContentRow { Content = File.ReadAllBytes(image.ImagePath), Label = image.Label });
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(contents).Transform(contents);
        EstimatorWorkout.Run(Multiclass.FineTunedBackbone(options with { ImageColumnName = "Content" }), keyed, ["Content", "Label"]);
    }

    [TestMethod]
    public void Binary() =>
        EstimatorWorkout.Run(mlContext.BinaryClassification.Trainers.FineTunedBackbone(options), answers, ["ImagePath", "Label"]);

    [TestMethod]
    public void Regression() =>
        EstimatorWorkout.Run(mlContext.Regression.Trainers.FineTunedBackbone(values), numbers, ["ImagePath", "Label"]);

    [TestMethod]
    public void Multi_label() => EstimatorWorkout.Run(
        Multiclass.MultiLabelFineTunedBackbone(values with { LabelColumnName = "Labels" }), Labelled(flowers), ["ImagePath", "Labels"]);

    [TestMethod]
    public void The_probability_of_yes_is_the_score_that_a_classifier_of_two_classes_gives_it()
    {
        using TransformerChain<ITransformer> two = Multiclass.FineTunedBackbone(options).Fit(answers);
        using TransformerChain<ITransformer> binary = mlContext.BinaryClassification.Trainers.FineTunedBackbone(options).Fit(answers);
        IDataView scored = binary.Transform(answers);
        float[] probabilities = [.. scored.GetColumn<float>("Probability")];
        float[][] scores = [.. two.Transform(answers).GetColumn<float[]>("Score")];
        Assert.HasCount(flowers.Images.Count, probabilities);
        foreach ((float[] score, float probability) in scores.Zip(probabilities)) Assert.AreEqual(score[1], probability, 1e-6f);
        CollectionAssert.AreEqual(probabilities.Select(p => p > 0.5f).ToArray(), scored.GetColumn<bool>("PredictedLabel").ToArray());
    }

    /// <summary>Keys are of every class that there may be: here one without images, and in an order of their own.</summary>
    [TestMethod]
    public void Scores_and_predictions_have_the_keys_of_the_label()
    {
        string[] all = ["tulips", "roses", "daisy"];
        IDataView rows = mlContext.Data.LoadFromEnumerable(all.Select(name => new PathRow { Label = name }));
        IDataView names = mlContext.Transforms.SelectColumns("Label").Fit(rows).Transform(rows);
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Label", keyData: names)
            .Fit(photos).Transform(photos);
        using TransformerChain<ITransformer> model = Multiclass.FineTunedBackbone(options).Fit(keyed);
        using TransformerChain<ITransformer> plain = Multiclass.FineTunedBackbone(options).Fit(photos);

        IDataView scored = model.Transform(keyed);
        VBuffer<ReadOnlyMemory<char>> slots = default, values = default;
        scored.Schema["Score"].GetSlotNames(ref slots);
        scored.Schema["PredictedLabel"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(all, slots.DenseValues().Select(name => $"{name}").ToArray());
        CollectionAssert.AreEqual(all, values.DenseValues().Select(name => $"{name}").ToArray());
        float[][] expected = [.. plain.Transform(photos).GetColumn<float[]>("Score")], got = [.. scored.GetColumn<float[]>("Score")];
        foreach ((float[] one, float[] other) in expected.Zip(got))
        {
            Assert.AreEqual(0f, other[0]);
            Assert.AreEqual(one[1], other[1], 1e-6f); // roses
            Assert.AreEqual(one[0], other[2], 1e-6f); // daisy
        }
        Assert.AreEqual(3, mlContext.MulticlassClassification.Evaluate(scored).PerClassLogLoss.Count);
        using ImageClassifier classifier = ImageClassifier.Of(model);
        CollectionAssert.AreEqual(all, classifier.Classes.ToArray());
        classifier.ExportOnnx(flowers["classifier.onnx"]);
        using var explainer = new ImageExplainer(classifier);
        Assert.IsNotNull(explainer.Explain(flowers.Images[0].ImagePath));
    }

    [TestMethod]
    public void A_model_predicts_images_without_labels()
    {
        using var model = Multiclass.FineTunedBackbone(options)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(photos);
        string expected = model.Transform(photos).GetColumn<string>("PredictedLabel").First();
        var engine = mlContext.Model.CreatePredictionEngine<PhotoOnly, Prediction>(model);
        Assert.AreEqual(expected, engine.Predict(new PhotoOnly { ImagePath = flowers.Images[0].ImagePath }).PredictedLabel);
        mlContext.Model.SaveImageModel(model, photos.Schema, flowers["model.zip"]);
        using ImageClassifier loaded = ImageClassifier.Load(flowers["model.zip"]);
        Assert.AreEqual(expected, loaded.Predict([flowers.Images[0].ImagePath]).Single().Ranking[0].Label);
    }

    [TestMethod]
    public void Generic_code_of_MLNet_works_on_them()
    {
        using var more = new TinyFlowers(perClass: 10);
        IDataView questions = more.Of(mlContext, image => new AnswerRow { ImagePath = image.ImagePath, Label = image.Label == "roses" });
        DataOperationsCatalog.TrainTestData parts = mlContext.Data.TrainTestSplit(questions, testFraction: 0.4, seed: 1);
        using TransformerChain<ITransformer> model = mlContext.BinaryClassification.Trainers
            .FineTunedBackbone(options with { Validation = parts.TestSet }).Fit(parts.TrainSet);
        Assert.IsGreaterThan(0, mlContext.BinaryClassification.Evaluate(model.Transform(parts.TestSet)).LogLoss);
        var binary = mlContext.BinaryClassification.CrossValidate(
            questions, mlContext.BinaryClassification.Trainers.FineTunedBackbone(options), numberOfFolds: 2, seed: 1);
        foreach (var fold in binary) Assert.IsGreaterThan(0, fold.Metrics.LogLoss);

        IDataView classes = more.Of(mlContext, image => new PathRow { ImagePath = image.ImagePath, Label = image.Label });
        var folds = mlContext.MulticlassClassification.CrossValidate(
            classes, Multiclass.FineTunedBackbone(options), numberOfFolds: 2, seed: 1);
        Assert.HasCount(2, folds);
        foreach (var fold in folds) Assert.HasCount(2, fold.Metrics.PerClassLogLoss);

        IDataView lengths = Numbers(more);
        DataOperationsCatalog.TrainTestData halves = mlContext.Data.TrainTestSplit(lengths, testFraction: 0.4, seed: 1);
        using TransformerChain<ITransformer> regression = mlContext.Regression.Trainers
            .FineTunedBackbone(values with { Validation = halves.TestSet }).Fit(halves.TrainSet);
        Assert.IsGreaterThan(0, mlContext.Regression.Evaluate(regression.Transform(halves.TestSet)).RootMeanSquaredError);
        var numberFolds = mlContext.Regression.CrossValidate(
            lengths, mlContext.Regression.Trainers.FineTunedBackbone(values), numberOfFolds: 2, seed: 1);
        foreach (var fold in numberFolds) Assert.IsGreaterThan(0, fold.Metrics.MeanAbsoluteError);
    }

    /// <summary>
    /// ML.NET permutes the slots of the vector that a predictor reads: of images, the features of the backbone. A model drops them behind its
    /// predictor, and they have no names, so only the overloads for a predictor take them, on what the parts before it give.
    /// </summary>
    [TestMethod]
    public void Permutation_feature_importance_is_of_the_backbones_features()
    {
        using TransformerChain<ITransformer> regression = mlContext.Regression.Trainers.FineTunedBackbone(values).Fit(numbers),
            binary = mlContext.BinaryClassification.Trainers.FineTunedBackbone(options).Fit(answers),
            multiclass = Multiclass.FineTunedBackbone(options).Fit(photos);
        int width = TinyTraining.Spec.FeatureWidth;
        Assert.HasCount(width, mlContext.Regression.PermutationFeatureImportance(
            PredictorOf<LinearRegressionModelParameters>(regression), Features(regression, numbers)));
        Assert.HasCount(width, mlContext.BinaryClassification.PermutationFeatureImportance(
            PredictorOf<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>(binary), Features(binary, answers)));
        Assert.HasCount(width, mlContext.MulticlassClassification.PermutationFeatureImportance(
            PredictorOf<MaximumEntropyModelParameters>(multiclass), Features(multiclass, photos)));
        Assert.Throws<InvalidOperationException>(() =>
            mlContext.Regression.PermutationFeatureImportance(regression, Features(regression, numbers)));
        Assert.Throws<Exception>(() => mlContext.Regression.PermutationFeatureImportance(regression, regression.Transform(numbers)));

        static ISingleFeaturePredictionTransformer<T> PredictorOf<T>(TransformerChain<ITransformer> model) where T : class =>
            model.OfType<ISingleFeaturePredictionTransformer<T>>().Single();

        static IDataView Features(TransformerChain<ITransformer> model, IDataView rows) => new TransformerChain<ITransformer>(
            [.. model.TakeWhile(part => part is not ISingleFeaturePredictionTransformer<object>)]).Transform(rows);
    }

    [TestMethod]
    public void The_log_hears_of_epochs()
    {
        var messages = new List<string>();
        mlContext.Log += (_, e) => messages.Add($"{e.Kind} {e.RawMessage}");
        var epochs = new List<EpochRecord>();
        Multiclass.FineTunedBackbone(options with { Progress = TrainingEvent.On<EpochRecord>(epochs.Add) }).Fit(photos).Dispose();
        Assert.HasCount(1, epochs);
        string start = FormattableString.Invariant($"Info Epoch 1: training loss {epochs[0].TrainLoss:F4},");
        Assert.ContainsSingle(message => message.StartsWith(start, StringComparison.Ordinal), messages);
    }

    /// <summary>With a seed, the context's counts; without, the options'.</summary>
    [TestMethod]
    public void The_seed_is_the_contexts()
    {
        FineTuningOptions other = options with { Training = options.Training with { Seed = 5 } };
        float[] one = Scores(mlContext, options), same = Scores(mlContext, other);
        float[] five = Scores(new MLContext(seed: 5), options), without = Scores(new MLContext(), other);
        CollectionAssert.AreEqual(one, same);
        CollectionAssert.AreEqual(five, without);
        CollectionAssert.AreNotEqual(one, five);

        float[] Scores(MLContext context, FineTuningOptions settings)
        {
            using TransformerChain<ITransformer> model = context.MulticlassClassification.Trainers.FineTunedBackbone(settings).Fit(photos);
            return [.. model.Transform(photos).GetColumn<float[]>("Score").SelectMany(score => score)];
        }
    }

    /// <summary>Cancelling a context is internal to ML.NET: AutoML does it.</summary>
    [TestMethod]
    public void Cancelling_the_context_stops_it_within_a_step()
    {
        var steps = new List<StepRecord>();
        FineTuningOptions settings = options with
        {
            Training = options.Training with { Recipe = options.Training.Recipe! with { Epochs = 50 } },
            Progress = TrainingEvent.On<StepRecord>(step =>
            {
                steps.Add(step);
                typeof(MLContext).GetMethod("CancelExecution", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(mlContext, null);
            }),
        };
        Assert.Throws<OperationCanceledException>(() => Multiclass.FineTunedBackbone(settings).Fit(photos));
        Assert.HasCount(1, steps);
    }

    [TestMethod]
    public void A_token_stops_it_within_a_step()
    {
        using var stop = new CancellationTokenSource();
        int steps = 0;
        FineTuningOptions settings = options with
        {
            Training = options.Training with { Recipe = options.Training.Recipe! with { Epochs = 50 } },
            CancellationToken = stop.Token,
            Progress = TrainingEvent.On<StepRecord>(_ =>
            {
                steps++;
                stop.Cancel();
            }),
        };
        Assert.Throws<OperationCanceledException>(() => Multiclass.FineTunedBackbone(settings).Fit(photos));
        Assert.AreEqual(1, steps);
    }

    [TestMethod]
    public void Data_that_cannot_be_trained_on_are_refused()
    {
        FineTunedBackboneEstimator estimator = Multiclass.FineTunedBackbone(options);
        PathRow[] rows = [.. flowers.Images.Select(image => new PathRow { ImagePath = image.ImagePath, Label = image.Label })];
        Assert.StartsWith("There are no images to train on.",
            Assert.Throws<ArgumentException>(() => estimator.Fit(mlContext.Data.LoadFromEnumerable(Array.Empty<PathRow>()))).Message);
        Assert.AreEqual("'images' has one class, 'daisy'. A classifier needs two at least.",
            Assert.Throws<TrainingException>(() => estimator
                .Fit(mlContext.Data.LoadFromEnumerable(rows.Where(row => row.Label == "daisy")))).Message);
        rows[2].Label = "";
        Assert.AreEqual("The image in row 2 has an empty label (column 'Label'). Give every image a class, or leave the row out.",
            Assert.Throws<InvalidDataException>(() => estimator.Fit(mlContext.Data.LoadFromEnumerable(rows))).Message);
        NumberRow[] lengths = [.. flowers.Images.Select((image, i) => new NumberRow { ImagePath = image.ImagePath, Label = i == 1 ? float.NaN : i })];
        FineTunedBackboneEstimator regression = mlContext.Regression.Trainers.FineTunedBackbone(values);
        Assert.AreEqual("The image in row 1 has the label NaN (column 'Label'). Give every image a finite number, or leave the row out.",
            Assert.Throws<InvalidDataException>(() => regression.Fit(mlContext.Data.LoadFromEnumerable(lengths))).Message);
        lengths[1].Label = float.NegativeInfinity;
        StringAssert.StartsWith(Assert.Throws<InvalidDataException>(() => regression.Fit(mlContext.Data.LoadFromEnumerable(lengths))).Message,
            "The image in row 1 has the label -Infinity (column 'Label').");
        Assert.AreEqual("Schema mismatch for label column 'Label': expected Single, got Boolean.",
            Assert.Throws<ArgumentOutOfRangeException>(() => regression.Fit(answers)).Message);
        Assert.AreEqual("Schema mismatch for label column 'Label': expected Boolean, got String.",
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext
                .BinaryClassification.Trainers.FineTunedBackbone(options).Fit(photos)).Message);
    }

    /// <summary>The length of each image's file, in kilobytes.</summary>
    private IDataView Numbers(TinyFlowers images) => images.Of(
        mlContext, image => new NumberRow { ImagePath = image.ImagePath, Label = new FileInfo(image.ImagePath).Length / 1024f });

    /// <summary>Two labels for a rose, one for the first daisy, and none for the others.</summary>
    private IDataView Labelled(TinyFlowers images) => images.Of(mlContext, image => new LabelsRow
    {
        ImagePath = image.ImagePath,
        Labels = image.Label == "roses" ? ["red", "rose"] : image == images.Images[0] ? ["white"] : [],
    });

    public void Dispose() => flowers.Dispose();

    private sealed class LabelsRow
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];
    }

    private sealed class NumberRow
    {
        public string ImagePath { get; set; } = "";

        public float Label { get; set; }
    }

    private sealed class PhotoOnly
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }
}
