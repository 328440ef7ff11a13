using ResNetMLNet.Trainer;
using ResNetMLNet.Trainer.Tuning;

namespace Trainer.Tests.Tuning;

/// <summary>A training that was stopped and goes on ends with the very weights of one that was not.</summary>
[TestClass]
public sealed class ResumeTests
{
    // Everything that has a state or random numbers of its own.
    private static readonly Recipe Recipe = new()
    {
        Epochs = 3,
        BatchSize = 5,
        LearningRate = 0.02,
        StageDecay = 1,
        WarmUpEpochs = 1,
        BatchNorm = BatchNormStatistics.Updated,
        Mixup = 0.2,
        CutMix = 1,
        StochasticDepth = 0.3,
        AverageDecay = 0.9,
        Accumulation = 2,
        LabelSmoothing = 0.1,
    };

    [TestMethod]
    [DataRow("sgd", 1)]
    [DataRow("sgd", 3)]
    [DataRow("adamw", 2)]
    [DataRow("lamb", 2)]
    public void The_weights_are_the_same_bit_for_bit(string optimizer, int saves)
    {
        Recipe recipe = Recipe with { Optimizer = optimizer switch { "adamw" => OptimizerKind.AdamW, "lamb" => OptimizerKind.Lamb, _ => OptimizerKind.Sgd } };
        Dictionary<string, byte[]> whole = Train(recipe, stops: 0), stopped = Train(recipe, saves);
        foreach ((string name, byte[] bytes) in whole) CollectionAssert.AreEqual(bytes, stopped[name], name);
    }

    [TestMethod]
    public void Another_seed_gives_other_weights()
    {
        using var training = new TinyTraining();
        CollectionAssert.AreNotEqual(Train(training, Recipe, 1)["fc.weight"], Train(training, Recipe, 2)["fc.weight"]);

        static Dictionary<string, byte[]> Train(TinyTraining training, Recipe recipe, int seed)
        {
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, recipe, seed: seed);
            loop.Run(CancellationToken.None);
            new CheckpointFolder(training.Checkpoints).Clear();
            return TinyTraining.Bytes(network);
        }
    }

    /// <summary>Trains; the first runs stop at the first occasion, in the middle of an epoch, as after Ctrl-C, and another process would go on.</summary>
    private static Dictionary<string, byte[]> Train(Recipe recipe, int stops)
    {
        using var training = new TinyTraining();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        for (int i = 0; ; i++)
        {
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, recipe);
            if (i > 0) loop.Resume();
            if (i < stops)
            {
                Assert.ThrowsExactly<StoppedException>(() => loop.Run(cancelled.Token));
            }
            else
            {
                loop.Run(CancellationToken.None);
                return TinyTraining.Bytes(network);
            }
        }
    }
}
