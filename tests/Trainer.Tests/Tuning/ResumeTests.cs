using System.Collections.Concurrent;
using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Tuning;

/// <summary>A training that was stopped and goes on ends with the very weights of one that was not.</summary>
[TestClass]
public sealed class ResumeTests
{
    private static readonly TinyData data = new(perClass: 12);

    [ClassCleanup]
    public static void Clean() => data.Dispose();

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

    /// <summary>What is stopped in the middle of an update (a step of the optimizer for two batches, or for more than an epoch has) keeps its gradients.</summary>
    [TestMethod]
    [DataRow("sgd", 1)]
    [DataRow("sgd", 3)]
    [DataRow("adamw", 2)]
    [DataRow("lamb", 2)]
    [DataRow("half", 2)]
    [DataRow("bfloat16", 2)]
    [DataRow("best", 4)]
    [DataRow("accumulation", 3)]
    public void The_weights_are_the_same_bit_for_bit(string what, int stops)
    {
        Dictionary<string, byte[]> whole = Whole(what), stopped = Train(Variant(what), stops, limited: false);
        foreach ((string name, byte[] bytes) in whole) CollectionAssert.AreEqual(bytes, stopped[name], name);
    }

    /// <summary>A training whose time is over has made a model of what there was, and goes on in the middle of the epoch.</summary>
    [TestMethod]
    [DataRow("sgd", 3)]
    [DataRow("best", 7)]
    [DataRow("accumulation", 3)]
    public void Time_that_was_over_costs_nothing(string what, int stops)
    {
        Dictionary<string, byte[]> whole = Whole(what), stopped = Train(Variant(what), stops, limited: true);
        foreach ((string name, byte[] bytes) in whole) CollectionAssert.AreEqual(bytes, stopped[name], name);
    }

    private static readonly ConcurrentDictionary<string, Dictionary<string, byte[]>> wholes = [];

    private static Dictionary<string, byte[]> Whole(string what) => wholes.GetOrAdd(what, _ => Train(Variant(what), 0, limited: false));

    private static Recipe Variant(string what) => what switch
    {
        "adamw" => Recipe with { Optimizer = OptimizerKind.AdamW },
        "lamb" => Recipe with { Optimizer = OptimizerKind.Lamb },
        "bfloat16" => Recipe with { TrainPrecision = TrainingPrecision.BFloat16, BatchNorm = BatchNormStatistics.Frozen },
        "half" => Recipe with { TrainPrecision = TrainingPrecision.Half },
        "best" => Recipe with { KeepBest = true },
        "accumulation" => Recipe with { Accumulation = 16 },
        _ => Recipe,
    };

    [TestMethod]
    public void Another_seed_gives_other_weights()
    {
        using var training = new TinyTraining(data);
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

    /// <summary>Trains; the first runs stop at the first occasion, in the middle of an epoch, as after Ctrl-C or without time, and another process would go on.</summary>
    private static Dictionary<string, byte[]> Train(Recipe recipe, int stops, bool limited)
    {
        using var training = new TinyTraining(data);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        for (int i = 0; ; i++)
        {
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, recipe, limit: limited && i < stops ? TimeSpan.Zero : null);
            if (i > 0) loop.Resume();
            if (i == stops)
            {
                TuningProgress progress = loop.Run(CancellationToken.None);
                CollectionAssert.AreEqual(new[] { 1, 2, 3 }, progress.History.Select(epoch => epoch.Epoch).ToArray());
                return TinyTraining.Bytes(network);
            }
            const int steps = 5; // of an epoch
            if (limited) Assert.AreEqual(i / steps + 1, loop.Run(CancellationToken.None).History[^1].Epoch);
            else StringAssert.StartsWith(Assert.ThrowsExactly<TrainingStoppedException>(() => loop.Run(cancelled.Token)).Message, $"Stopped after step {i + 1} of epoch 1, and saved.");
        }
    }
}
