using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Estimators;

/// <summary>The command, the library and the estimator are three doors to one training.</summary>
[TestClass]
public sealed class ThreeDoorsTests
{
    [TestMethod]
    public void The_same_photos_and_seed_give_the_same_network_byte_for_byte()
    {
        using var flowers = new TinyFlowers();
        var training = new TrainingOptions
        {
            Backbone = "resnet10t",
            Weights = InitialWeights.Fresh,
            Tune = Tune.LastStage,
            Recipe = Recipe.FineTune with { Epochs = 1, BatchSize = 4, WarmUpEpochs = 0 },
            ImageSize = 64,
            Seed = 3,
        };
        CommandLine.Run("train", flowers.Folder, "--backbone", "resnet10t", "--fresh", "--tune", "last-stage",
            "--epochs", "1", "--warm-up-epochs", "0", "--batch-size", "4", "--image-size", "64", "--seed", "3",
            "--output", flowers["command"]).AssertSucceeded();
        using (TrainingRun run = BackboneTrainer.Train(ImageDataSet.FromFolder(flowers.Folder), training)) run.Save(flowers["library"]);
        var mlContext = new MLContext(seed: 3);
        var options = new FineTuningOptions { Training = training with { Seed = 1, ResultFolder = flowers["estimator"] } };
        using TransformerChain<ITransformer> model = mlContext.MulticlassClassification.Trainers.FineTunedBackbone(options)
            .Fit(mlContext.Data.LoadImageFolder(flowers.Folder));

        byte[] command = File.ReadAllBytes(Path.Combine(flowers["command"], TrainedModel.BackboneFile));
        CollectionAssert.AreEqual(command, File.ReadAllBytes(Path.Combine(flowers["library"], TrainedModel.BackboneFile)));
        CollectionAssert.AreEqual(command, File.ReadAllBytes(Path.Combine(flowers["estimator"], TrainedModel.BackboneFile)));

        using ImageClassifier trained = TrainedModel.Load(flowers["command"]), fitted = ImageClassifier.Of(model);
        string[] paths = [.. flowers.Images.Select(image => image.ImagePath)];
        foreach ((ImagePrediction one, ImagePrediction other) in trained.Predict(paths).Zip(fitted.Predict(paths)))
        {
            foreach ((ClassProbability a, ClassProbability b) in one.Ranking.OrderBy(c => c.Label).Zip(other.Ranking.OrderBy(c => c.Label)))
                Assert.AreEqual(a.Probability, b.Probability, 1e-5);
        }
    }
}
