using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;
using TorchSharp;

namespace Trainer.Tests.Tuning;

[TestClass]
public sealed class TuningLoopTests
{
    private static readonly TinyData data = new(perClass: 8);

    [ClassCleanup]
    public static void Clean() => data.Dispose();

    private static readonly Recipe Fast = new() { Epochs = 6, BatchSize = 8, LearningRate = 0.1, StageDecay = 1, WarmUpEpochs = 0, RandomCrop = false, WeightMixing = 1, BatchNorm = BatchNormStatistics.Updated };

    [TestMethod]
    [DataRow("sgd")]
    [DataRow("adamw")]
    [DataRow("lamb")]
    public void Colours_are_learned(string optimizer)
    {
        OptimizerKind kind = optimizer switch { "adamw" => OptimizerKind.AdamW, "lamb" => OptimizerKind.Lamb, _ => OptimizerKind.Sgd };
        (TuningProgress progress, _) = Train(Fast with { Optimizer = kind, LearningRate = kind == OptimizerKind.Sgd ? 0.1 : 0.01 });
        Assert.HasCount(6, progress.History);
        Assert.AreEqual(1, ((EpochRecord)progress.History[^1]).ValidationAccuracy);
        Assert.IsLessThan(progress.History[0].TrainLoss / 2, progress.History[^1].TrainLoss);
    }

    /// <summary>With each part colours are learned, and weights become others than without.</summary>
    [TestMethod]
    [DataRow("binary-cross-entropy")]
    [DataRow("mixup")]
    [DataRow("cut-mix")]
    [DataRow("label-smoothing")]
    [DataRow("average")]
    [DataRow("bfloat16")]
    [DataRow("half")]
    [DataRow("zero-norms")]
    [DataRow("clip")]
    [DataRow("stochastic-depth")]
    [DataRow("weight-decay")]
    public void A_part_makes_a_difference_and_colours_are_learned_with_it(string part)
    {
        Recipe recipe = Fast with { Epochs = 8 };
        recipe = part switch
        {
            "binary-cross-entropy" => recipe with { Loss = LossKind.BinaryCrossEntropy },
            "mixup" => recipe with { Mixup = 0.2 },
            "cut-mix" => recipe with { CutMix = 1 },
            "label-smoothing" => recipe with { LabelSmoothing = 0.1 },
            "average" => recipe with { AverageDecay = 0.9 },
            "bfloat16" => recipe with { TrainPrecision = TrainingPrecision.BFloat16 },
            "half" => recipe with { TrainPrecision = TrainingPrecision.Half },
            "zero-norms" => recipe with { ZeroResidualNorms = true },
            "stochastic-depth" => recipe with { StochasticDepth = 0.2 },
            "weight-decay" => recipe with { WeightDecay = 0.01 },
            _ => recipe with { ClipNorm = 0.1 },
        };
        (TuningProgress progress, float[] weights) = Train(recipe);
        Assert.IsGreaterThan(0.9, ((EpochRecord)progress.Best!).ValidationAccuracy);
        float difference = weights.Zip(plain.Value).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.IsGreaterThan(1e-6f, difference);
    }

    // What the parts are compared with.
    private static readonly Lazy<float[]> plain = new(() => Train(Fast with { Epochs = 8 }).Weights);

    /// <summary>One plain step of rate 1: the weights move by the gradient, whose length is cut off.</summary>
    [TestMethod]
    [DataRow(0.0, false)]
    [DataRow(0.01, true)]
    public void Gradients_are_clipped_to_a_length(double clip, bool clipped)
    {
        double length = Math.Sqrt(Moved(OneStep with { ClipNorm = clip }).Sum(move => move * move));
        if (clipped) Assert.AreEqual(0.01, length, 1e-4);
        else Assert.IsGreaterThan(0.1, length);
    }

    /// <summary>A step of 16 images, of twice 8, and of parts of different sizes: the same gradients to rounding. Batch norms are frozen, since their statistics are those of a batch.</summary>
    [TestMethod]
    [DataRow(8, 2)]
    [DataRow(4, 4)]
    [DataRow(6, 3)] // of 5, 5 and 6 images
    public void Gradients_of_several_batches_add_up_to_those_of_one(int batchSize, int accumulation)
    {
        float[] one = Moved(OneStep), several = Moved(OneStep with { BatchSize = batchSize, Accumulation = accumulation });
        float largest = one.Max(Math.Abs);
        Assert.IsGreaterThan(0.01f, largest);
        for (int i = 0; i < one.Length; i++) Assert.AreEqual(one[i], several[i], 1e-5f * largest);
    }

    [TestMethod]
    public void The_average_is_validated_and_kept()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        // So slow an average stays where training started, and what is trained is another one.
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1, AverageDecay = 0.9 });
        loop.Run(CancellationToken.None);
        string last = Directory.GetDirectories(training.Checkpoints).Single();
        CollectionAssert.AreEqual(Saved(Path.Combine(last, "average.safetensors")), Flat(network));
        CollectionAssert.AreNotEqual(Saved(Path.Combine(last, "network.safetensors")), Flat(network));
    }

    /// <summary>A checkpoint whose loss is scaled beyond what half precision holds.</summary>
    [TestMethod]
    public void Overflow_in_half_precision_leaves_the_step_out_and_halves_the_scale()
    {
        Recipe half = OneStep with { TrainPrecision = TrainingPrecision.Half, Epochs = 2 };
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using (TuningLoop first = training.Loop(network, half with { Epochs = 1 })) first.Run(CancellationToken.None);
        string progress = Path.Combine(Directory.GetDirectories(training.Checkpoints).Single(), "progress.json");
        File.WriteAllText(progress, File.ReadAllText(progress).Replace("\"factor\": 65536", "\"factor\": 1e30", StringComparison.Ordinal));
        float[] before = Flat(network);
        using TuningLoop second = training.Loop(network, half);
        second.Resume();
        TuningProgress after = second.Run(CancellationToken.None);
        CollectionAssert.AreEqual(before, Flat(network));
        Assert.AreEqual(new LossScaling(5e29, 0), after.Scaling);
    }

    [TestMethod]
    public void Weights_between_the_first_and_the_trained_ones_are_kept_while_training_goes_on_without()
    {
        float[] first = Weights(epochs: 1, mixing: 1e-9), trained = Weights(epochs: 2, mixing: 1), between = Weights(epochs: 2, mixing: 0.25);
        for (int i = 0; i < first.Length; i++) Assert.AreEqual(0.75 * first[i] + 0.25 * trained[i], between[i], 1e-6);
        CollectionAssert.AreNotEqual(first, trained);
        CollectionAssert.AreEqual(Weights(epochs: 2, mixing: 0.5), Weights(epochs: 2, mixing: null));
        CollectionAssert.AreEqual(between, Weights(epochs: 2, mixing: null, keep: 0.25));

        static float[] Weights(int epochs, double? mixing, double? keep = null)
        {
            using var training = new TinyTraining(data);
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, Fast with { Epochs = epochs, WeightMixing = mixing, BatchNorm = BatchNormStatistics.Frozen });
            TuningProgress progress = loop.Run(CancellationToken.None);
            if (mixing is null) Assert.AreEqual(progress.History[^1].ValidationLoss, loop.LossesOf(0.5, CancellationToken.None).Average());
            if (keep is double share) loop.Keep(share);
            return [.. network.state_dict()["fc.weight"].data<float>()];
        }
    }

    /// <summary>They are known where training ends here, and computed where it ended before; one with the best epoch's weights has others' losses.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_losses_of_the_usual_part_are_those_of_a_training_that_was_loaded(bool keepBest)
    {
        // With so much decay the weights vanish, and each epoch is worse than the one before.
        Recipe recipe = Fast with { Epochs = 3, WeightDecay = keepBest ? 2 : 0, WeightMixing = null, KeepBest = keepBest, BatchNorm = BatchNormStatistics.Frozen };
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop loop = training.Loop(network, recipe);
        TuningProgress progress = loop.Run(CancellationToken.None);
        Assert.AreEqual(keepBest, progress.Best!.Epoch < progress.Epoch);
        using TunedNetwork other = TinyTraining.Network();
        using TuningLoop loaded = training.Loop(other, recipe);
        loaded.Resume();
        loaded.Run(CancellationToken.None);
        CollectionAssert.AreEqual(loaded.LossesOf(0.5, CancellationToken.None).ToArray(), loop.LossesOf(0.5, CancellationToken.None).ToArray());
    }

    [TestMethod]
    public void A_trained_network_holds_no_gradients()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop loop = training.Loop(network, OneStep);
        loop.Run(CancellationToken.None);
        Assert.IsTrue(network.parameters().All(parameter => parameter.grad is null));
    }

    [TestMethod]
    public void The_last_stage_moves_alone()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        Dictionary<string, byte[]> before = TinyTraining.Bytes(network);
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1 }, Tune.LastStage);
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
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        byte[] before = TinyTraining.Bytes(network)["backbone.bn1.running_mean"];
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1, BatchNorm = policy == "frozen" ? BatchNormStatistics.Frozen : BatchNormStatistics.Updated });
        loop.Run(CancellationToken.None);
        Assert.AreEqual(follow, !before.SequenceEqual(TinyTraining.Bytes(network)["backbone.bn1.running_mean"]));
    }

    [TestMethod]
    public void A_NaN_loss_ends_training_and_says_what_to_try() => StringAssert.Matches(Divergence(Fast with { LearningRate = 1e30, Momentum = 0 }, 0), new(
        @"^The loss is NaN at step [23] of epoch 1: training has diverged\. Try a smaller --learning-rate \(it was at most 1E\+30\), a --clip-norm of 1 or a longer --warm-up-epochs\.$"));

    /// <summary>Nobody computes a loss after the last step of an epoch but the validation. The checkpoint of the epoch before stays, and is finite.</summary>
    [TestMethod]
    public void A_last_step_that_diverges_is_noticed()
    {
        string error = Divergence(OneStep with { LearningRate = 1e30, Epochs = 2 }, good: 1);
        StringAssert.StartsWith(error, "The validation loss is NaN after step 1 of epoch 2: training has diverged. ");
        StringAssert.EndsWith(error, " The last checkpoint before it is kept; add --force to start anew in its place.");
    }

    [TestMethod]
    public void Statistics_that_are_not_numbers_are_not_kept()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using (torch.no_grad()) network.state_dict()["backbone.bn1.running_var"].fill_(float.NaN);
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1 }); // each batch has its own, so the loss is none the wiser
        var error = Assert.ThrowsExactly<TrainingException>(() => loop.Run(CancellationToken.None));
        StringAssert.StartsWith(error.Message, "'backbone.bn1.running_var' holds NaN or infinity after step 2 of epoch 1: training has diverged. ");
        Assert.IsFalse(new CheckpointFolder(training.Checkpoints).Any);
    }

    [TestMethod]
    public void A_batch_of_one_has_no_statistics_and_is_refused_at_once()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        Assert.AreEqual(
            "A batch of one image has no statistics for batch norms to follow. Train on two images or more at once (--batch-size), or with --batch-norm frozen.",
            Assert.ThrowsExactly<TrainingException>(() => training.Loop(network, Fast with { BatchSize = 1 })).MessageFor(OptionNames.Of));
        using TuningLoop frozen = training.Loop(network, Fast with { BatchSize = 1, BatchNorm = BatchNormStatistics.Frozen, Epochs = 1 });
        frozen.Run(CancellationToken.None);
    }

    [TestMethod]
    public void Starting_anew_removes_checkpoints_and_nothing_of_the_users()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using (TuningLoop loop = training.Loop(network, Fast with { Epochs = 1, BatchNorm = BatchNormStatistics.Frozen, WeightMixing = 0.5 })) loop.Run(CancellationToken.None);
        Directory.CreateDirectory(Path.Combine(training.Checkpoints, "step-00001-00000001.tmp")); // of a training that was killed
        string[] mine = ["notes.txt", "draft.tmp", "step-1", "step-00001-00000000-good", "best.safetensors.old"];
        foreach (string name in mine)
        {
            Directory.CreateDirectory(Path.Combine(training.Checkpoints, name));
            File.WriteAllText(Path.Combine(training.Checkpoints, name, "file"), "");
        }

        new CheckpointFolder(training.Checkpoints).Clear();

        CollectionAssert.AreEquivalent(mine, Directory.GetFileSystemEntries(training.Checkpoints).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Training_ends_early_without_progress_and_keeps_the_best_epoch()
    {
        using var training = new TinyTraining(data);
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
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using (TuningLoop first = training.Loop(network, Fast with { Epochs = 1 })) first.Run(CancellationToken.None);
        string[] before = Directory.GetDirectories(training.Checkpoints);
        // What the second epoch's would be named while it is written, taken by a file.
        File.WriteAllText(Path.Combine(training.Checkpoints, "step-00002-00000000.tmp"), "");
        using TuningLoop second = training.Loop(network, Fast with { Epochs = 2 });
        second.Resume();

        var error = Assert.ThrowsExactly<TrainingException>(() => second.Run(CancellationToken.None));

        StringAssert.StartsWith(error.Message, $"A checkpoint could not be written into '{training.Checkpoints}': ");
        StringAssert.EndsWith(error.MessageFor(OptionNames.Of), " The one before is whole: make room and go on with --resume.");
        CollectionAssert.AreEqual(before, Directory.GetDirectories(training.Checkpoints));
    }

    /// <summary>Neither its validation nor its checkpoint does. At steps <see cref="StepMemoryTests"/> look closer.</summary>
    [TestMethod]
    public void An_epoch_leaves_no_tensor_behind()
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        var tensors = new List<long>();
        using TuningLoop loop = training.Loop(network, Fast with { Epochs = 12 }, stepped: () => tensors.Add(torch.Tensor.TotalCount));
        loop.Run(CancellationToken.None);
        Assert.HasCount(24, tensors);
        Assert.IsLessThanOrEqualTo(tensors[6], tensors[22]); // the first steps of epochs 4 and 12
    }

    /// <summary>Where this network learns, whatever the seed; and everything is as it was.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Learning_rates_are_tried_and_a_good_one_is_found(int seed)
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        using TuningLoop loop = training.Loop(network, Fast, seed: seed);
        Dictionary<string, byte[]> before = TinyTraining.Bytes(network);

        LearningRateTrial trial = loop.TryLearningRates(CancellationToken.None);

        Assert.AreEqual(1e-7, trial.Points[0].LearningRate, 1e-12);
        // Trained for six epochs, this network learns at 0.1 and still at 0.01; beyond 1 the loss explodes.
        Assert.IsInRange(2e-3, 0.2, trial.Suggestion!.Value);
        Assert.IsGreaterThan(trial.Suggestion!.Value, trial.Points.MinBy(point => point.Loss)!.LearningRate);
        foreach ((string name, byte[] bytes) in TinyTraining.Bytes(network)) CollectionAssert.AreEqual(before[name], bytes, name);
    }

    [TestMethod]
    public void A_trial_leaves_the_training_as_it_was()
    {
        CollectionAssert.AreEqual(Weights(trial: false), Weights(trial: true));

        static float[] Weights(bool trial)
        {
            using var training = new TinyTraining(data);
            using TunedNetwork network = TinyTraining.Network();
            using TuningLoop loop = training.Loop(network, Fast with { Epochs = 1 });
            if (trial) loop.TryLearningRates(CancellationToken.None);
            loop.Run(CancellationToken.None);
            return Flat(network);
        }
    }

    /// <summary>Losses of a training as it is seen: flat and noisy, then falling, then exploding.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    public void Noise_is_not_suggested(int seed)
    {
        var random = new Random(seed);
        LearningRateTrial trial = LearningRateTrial.Run(rate => 1 - 0.7 / (1 + Math.Pow(rate / 3e-3, -1.5)) + Math.Pow(rate / 0.3, 2) + 0.3 * (random.NextDouble() - 0.5));
        Assert.IsInRange(3e-4, 5e-2, trial.Suggestion!.Value);
    }

    [TestMethod]
    public void Where_the_loss_falls_nowhere_nothing_is_suggested()
    {
        Assert.IsNull(LearningRateTrial.Run(rate => 1 + rate).Suggestion);
        Assert.IsNull(LearningRateTrial.Run(rate => double.NaN).Suggestion);
    }

    /// <summary>What is left of a plain step of rate 1 for a batch of 16 images: the gradient.</summary>
    private static readonly Recipe OneStep = new()
    {
        Epochs = 1,
        BatchSize = 16,
        LearningRate = 1,
        StageDecay = 1,
        WarmUpEpochs = 0,
        Momentum = 0,
        WeightDecay = 0,
        Flip = 0,
        WeightMixing = 1,
        BatchNorm = BatchNormStatistics.Frozen,
    };

    private static float[] Moved(Recipe recipe)
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        float[] before = Flat(network);
        using TuningLoop loop = training.Loop(network, recipe, augmentation: new Augmentation());
        loop.Run(CancellationToken.None);
        return [.. Flat(network).Zip(before, (after, start) => after - start)];
    }

    /// <summary>Trains some good epochs, then others until an error; the checkpoints are those of the good ones.</summary>
    private static string Divergence(Recipe recipe, int good)
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        if (good > 0)
        {
            using TuningLoop first = training.Loop(network, recipe with { LearningRate = 1e-3, Epochs = good });
            first.Run(CancellationToken.None);
        }
        string[] before = Directory.Exists(training.Checkpoints) ? Directory.GetDirectories(training.Checkpoints) : [];
        using TuningLoop loop = training.Loop(network, recipe);
        if (good > 0) loop.Resume();
        string message = Assert.ThrowsExactly<TrainingException>(() => loop.Run(CancellationToken.None)).MessageFor(OptionNames.Of);
        CollectionAssert.AreEqual(before, Directory.GetDirectories(training.Checkpoints));
        foreach (string file in Directory.GetFiles(training.Checkpoints, "*.safetensors", SearchOption.AllDirectories)) Assert.IsTrue(Saved(file).All(float.IsFinite), file);
        return message;
    }

    private static (TuningProgress Progress, float[] Weights) Train(Recipe recipe)
    {
        using var training = new TinyTraining(data);
        using TunedNetwork network = TinyTraining.Network();
        if (recipe.ZeroResidualNorms) network.Backbone.ZeroResidualNorms();
        using TuningLoop loop = training.Loop(network, recipe);
        TuningProgress progress = loop.Run(CancellationToken.None);
        return (progress, Flat(network));
    }

    private static float[] Flat(TunedNetwork network) => Flat(network.state_dict());

    private static float[] Saved(string file)
    {
        using WeightSet weights = WeightsFile.Load(file);
        return Flat(weights.Tensors);
    }

    private static float[] Flat(IReadOnlyDictionary<string, torch.Tensor> tensors) =>
        [.. tensors.Where(entry => entry.Value.is_floating_point()).OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value.data<float>())];
}
