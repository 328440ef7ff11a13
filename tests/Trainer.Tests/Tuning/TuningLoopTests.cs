using System.Diagnostics;
using ResNetMLNet.Trainer;
using ResNetMLNet.Trainer.Tuning;
using TorchSharp;

namespace Trainer.Tests.Tuning;

[TestClass]
public sealed class TuningLoopTests
{
    private static readonly Recipe Fast = new() { Epochs = 6, BatchSize = 8, LearningRate = 0.1, StageDecay = 1, WarmUpEpochs = 0, RandomCrop = false, WeightMixing = 1, BatchNorm = BatchNormStatistics.Updated };

    [TestMethod]
    [DataRow("sgd")]
    [DataRow("adamw")]
    [DataRow("lamb")]
    public void Colours_are_learned(string optimizer)
    {
        OptimizerKind kind = optimizer switch { "adamw" => OptimizerKind.AdamW, "lamb" => OptimizerKind.Lamb, _ => OptimizerKind.Sgd };
        TuningProgress progress = Train(Fast with { Optimizer = kind, LearningRate = kind == OptimizerKind.Sgd ? 0.1 : 0.01 });
        Assert.HasCount(6, progress.History);
        Assert.AreEqual(1, progress.History[^1].ValidationAccuracy);
        Assert.IsLessThan(progress.History[0].TrainLoss / 2, progress.History[^1].TrainLoss);
    }

    [TestMethod]
    [DataRow("binary-cross-entropy")]
    [DataRow("mixup")]
    [DataRow("cut-mix")]
    [DataRow("average")]
    [DataRow("bfloat16")]
    [DataRow("half")]
    [DataRow("zero-norms")]
    [DataRow("clip")]
    public void Colours_are_learned_with(string part)
    {
        Recipe recipe = Fast with { Epochs = 12 };
        recipe = part switch
        {
            "binary-cross-entropy" => recipe with { Loss = LossKind.BinaryCrossEntropy },
            "mixup" => recipe with { Mixup = 0.2 },
            "cut-mix" => recipe with { CutMix = 1 },
            "average" => recipe with { AverageDecay = 0.9 },
            "bfloat16" => recipe with { Precision = ResNetMLNet.Backbones.Precision.BFloat16 },
            "half" => recipe with { Precision = ResNetMLNet.Backbones.Precision.Half },
            "zero-norms" => recipe with { ZeroResidualNorms = true },
            _ => recipe with { ClipNorm = 0.5 },
        };
        Assert.IsGreaterThan(0.9, Train(recipe).History[^1].ValidationAccuracy);
    }

    [TestMethod]
    public void Weights_between_the_first_and_the_trained_ones_are_kept_while_training_goes_on_without()
    {
        float[] first = Weights(epochs: 1, mixing: 1e-9), trained = Weights(epochs: 2, mixing: 1), between = Weights(epochs: 2, mixing: 0.25);
        for (int i = 0; i < first.Length; i++) Assert.AreEqual(0.75 * first[i] + 0.25 * trained[i], between[i], 1e-6);
        CollectionAssert.AreNotEqual(first, trained);

        static float[] Weights(int epochs, double mixing)
        {
            using var training = new TinyTraining();
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, Fast with { Epochs = epochs, WeightMixing = mixing });
            loop.Run(CancellationToken.None);
            return [.. network.state_dict()["fc.weight"].data<float>()];
        }
    }

    [TestMethod]
    public void The_last_stage_moves_alone()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        Dictionary<string, byte[]> before = TinyTraining.Bytes(network);
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1 }, TuneKind.LastStage);
        loop.Run(CancellationToken.None);
        Dictionary<string, byte[]> after = TinyTraining.Bytes(network);
        foreach ((string name, byte[] bytes) in before)
        {
            bool moves = name.StartsWith("fc.", StringComparison.Ordinal) || name.StartsWith("backbone.layer4.", StringComparison.Ordinal);
            Assert.AreEqual(moves, !bytes.SequenceEqual(after[name]), name);
        }
    }

    [TestMethod]
    [DataRow("frozen", false)]
    [DataRow("updated", true)]
    public void Statistics_of_batch_norms_are_left_alone_or_follow(string policy, bool follow)
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        byte[] before = TinyTraining.Bytes(network)["backbone.bn1.running_mean"];
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1, BatchNorm = policy == "frozen" ? BatchNormStatistics.Frozen : BatchNormStatistics.Updated });
        loop.Run(CancellationToken.None);
        Assert.AreEqual(follow, !before.SequenceEqual(TinyTraining.Bytes(network)["backbone.bn1.running_mean"]));
    }

    [TestMethod]
    public void A_loss_that_is_no_number_ends_training_and_says_what_to_try()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop loop = training.Loop(network, Fast with { LearningRate = 1e30, Momentum = 0 });
        var error = Assert.ThrowsExactly<UserException>(() => loop.Run(CancellationToken.None));
        StringAssert.Matches(error.Message, new(
            @"^The loss is NaN at step [23] of epoch 1: training has diverged\. Try a smaller --learning-rate \(it was at most 1E\+30\), a --clip-norm of 1 or a longer --warm-up-epochs\.$"));
    }

    [TestMethod]
    public void Training_ends_early_without_progress_and_keeps_the_best_epoch()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        // At such a rate nothing moves: the first epoch is as good as the later ones.
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 10, Patience = 2, LearningRate = 1e-12, BatchNorm = BatchNormStatistics.Frozen, HeadRate = 0 });
        TuningProgress progress = loop.Run(CancellationToken.None);
        Assert.AreEqual(3, progress.Epoch);
        Assert.AreEqual(1, progress.Best!.Epoch);
    }

    [TestMethod]
    public void A_checkpoint_that_cannot_be_written_is_said_and_the_one_before_stays()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        using (TuningLoop first = training.Loop(network, Fast with { Epochs = 1 })) first.Run(CancellationToken.None);
        string[] before = Directory.GetDirectories(training.Checkpoints);
        // What the second epoch's would be named while it is written, taken by a file.
        File.WriteAllText(Path.Combine(training.Checkpoints, "step-00002-00000000.tmp"), "");
        using TuningLoop second = training.Loop(network, Fast with { Epochs = 2 });
        second.Resume();

        var error = Assert.ThrowsExactly<UserException>(() => second.Run(CancellationToken.None));

        StringAssert.StartsWith(error.Message, $"A checkpoint could not be written into '{training.Checkpoints}': ");
        StringAssert.EndsWith(error.Message, " The one before is whole: make room and go on with --resume.");
        CollectionAssert.AreEqual(before, Directory.GetDirectories(training.Checkpoints));
    }

    /// <summary>Tensors that are not freed would take 0.4 MB a step here; what the allocator keeps comes and goes.</summary>
    [TestMethod]
    public void Memory_does_not_grow_over_hundreds_of_steps()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop warm = training.Loop(network, Fast with { Epochs = 40 });
        warm.Run(CancellationToken.None);
        new CheckpointFolder(training.Checkpoints).Clear();
        long before = Resident();
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 150 }); // 450 steps
        loop.Run(CancellationToken.None);
        Assert.IsLessThan(60_000_000, Resident() - before);

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    [TestMethod]
    public void Learning_rates_are_tried_until_the_loss_explodes()
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop loop = training.Loop(network, Fast);
        LearningRateTrial trial = loop.TryLearningRates(CancellationToken.None);
        Assert.AreEqual(1e-6, trial.Points[0].LearningRate, 1e-12);
        Assert.IsTrue(trial.Points.Zip(trial.Points.Skip(1)).All(pair => pair.Second.LearningRate > pair.First.LearningRate));
        Assert.IsNotNull(trial.Suggestion);
        Assert.IsLessThan(trial.Points[0].Loss, trial.Points.Min(point => point.Loss));
    }

    private static TuningProgress Train(Recipe recipe)
    {
        using var training = new TinyTraining();
        using TunedNetwork network = TinyTraining.Network();
        if (recipe.ZeroResidualNorms) network.Backbone.ZeroResidualNorms();
        using TuningLoop loop = training.Loop(network, recipe);
        return loop.Run(CancellationToken.None);
    }
}
